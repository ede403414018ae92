"""A page's runs: one after the other, counted, told to the log, and no more of them than one open page can need.

Which sessions there are and what a run's address is, only Streamlit knows; the counters and the log are the backend's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import parse_qsl

import streamlit as st
from streamlit import logger as streamlit_logger
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import RerunException, StopException, get_script_run_ctx

from resnet import metrics
from resnet.log import hand_over, settings_hash, told
from resnet.pace import Pace
from resnet.turns import Turns
from resnet.views.pages import OURS

# Of one page that is open. A slider that is held down sends about thirty changes a second, and each run is as long as
# two of these: whoever comes here is no hand.
RUNS_A_MINUTE = 3_000
_WAIT = 1.0  # seconds, at most: the page answers all the same, only later

FAILED = (
    "This page stopped at an error that is not yours; it is in the server’s log. "
    "Reload it, or open it without what stands behind the question mark of its address."
)

# One run at a time has the interpreter, and figures come ahead of controls: with 120 readers on one process the figures
# are there after 0.06 s, where they took 4 s (bench/load.py).
TURNS = Turns(1)
_pace = Pace(RUNS_A_MINUTE)
_log = logging.getLogger(__name__)


@contextmanager
def watched(page: str) -> Iterator[None]:
    """Around one run of a page."""
    start, outcome = time.perf_counter(), "done"
    try:
        _wait()
        with TURNS.taken():
            yield
    except RerunException:  # the next change came
        outcome = "cut short"
        raise
    except StopException:  # the page said so, or nobody is there any more
        outcome = "stopped"
        raise
    except Exception:
        outcome = "failed"
        raise
    finally:
        _tell(page, outcome, time.perf_counter() - start)


def _wait() -> None:
    context = get_script_run_ctx()
    over = _pace.take(context.session_id) if context else 0.0
    if over:
        st.info(f"More than {RUNS_A_MINUTE:,} changes came within a minute: this page takes its time now.")
        time.sleep(min(over, _WAIT))


def _tell(page: str, outcome: str, seconds: float) -> None:
    metrics.CHANGES.labels(page, outcome).inc()
    metrics.CHANGE_SECONDS.labels(page).observe(seconds)
    context = get_script_run_ctx()
    said = parse_qsl(context.query_string) if context else []
    mine = {name: value for name, value in said if name in OURS}
    told("page", page=page, outcome=outcome, settings=settings_hash(page, mine), ms=round(1000 * seconds, 1))


def failed(error: Exception) -> bool:
    """What Streamlit asks about an error that no page expected: the log has it, the reader a sentence."""
    _log.error("A page stopped at an error.", exc_info=error)
    st.error(FAILED)
    return True


def sessions() -> float:
    """Pages that are open in a browser, as Streamlit's own counters have it."""
    if not Runtime.exists():
        return 0
    found = Runtime.instance().stats_mgr.get_stats(("active_sessions",))
    return sum(float(getattr(one, "value", 0)) for one in found.get("active_sessions", ()))


def watch_streamlit() -> None:
    """Its sessions are counted, and its own lines go where all lines go, whenever it makes a logger."""
    metrics.SESSIONS.set_function(sessions)
    streamlit_logger.setup_formatter = _handed_over
    streamlit_logger.update_formatter()


def _handed_over(logger: logging.Logger) -> None:
    with suppress(AttributeError):  # the one that was there before
        del logger.streamlit_console_handler  # type: ignore[attr-defined]
    hand_over(logger)
