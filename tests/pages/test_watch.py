"""What is told of a page's runs, and what happens to one that is asked for without end."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest

from pages.parts import watch
from resnet import metrics
from resnet.pace import Pace
from tests.pages.opening import application


def count(outcome: str) -> float:
    return metrics.REGISTRY.get_sample_value("explainer_changes_total", {"page": "story", "outcome": outcome}) or 0.0


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(None, "done"), (RerunException(RerunData()), "cut short"), (StopException(), "stopped"), (OSError(), "failed")],
)
def test_how_a_run_ended_is_counted_and_goes_on_its_way(error: BaseException | None, outcome: str) -> None:
    before = count(outcome)
    if error is None:
        with watch.watched("story"):
            pass
    else:
        with pytest.raises(type(error)), watch.watched("story"):
            raise error
    assert count(outcome) == before + 1


@pytest.mark.slow
def test_who_asks_without_end_waits_and_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(watch, "_pace", Pace(3))
    monkeypatch.setattr(watch, "time", SimpleNamespace(sleep=waited.append, perf_counter=watch.time.perf_counter))
    app = application()
    for _ in range(2):
        app.run()
    assert not app.info and not waited
    app.run()
    assert not app.exception
    assert "changes came within a minute" in app.info[0].value
    assert waited == [1.0]  # never longer, and the page is shown all the same
    assert app.button


def test_a_slider_that_is_held_down_never_comes_there() -> None:
    """Key repeat is 30 a second; Streamlit's own message for each, five minutes long."""
    now = [0.0]
    pace = Pace(watch.RUNS_A_MINUTE, clock=lambda: now[0])
    for _ in range(5 * 60 * 30):
        assert pace.take("a session") == 0.0
        now[0] += 1 / 30


def test_an_error_that_nobody_expected_gets_a_sentence() -> None:
    def page() -> None:
        from pages.parts import watch

        watch.failed(ZeroDivisionError("secret"))

    app = AppTest.from_function(page).run()
    assert app.error[0].value == watch.FAILED
    assert "secret" not in str(app)


def test_without_a_server_there_are_no_sessions() -> None:
    assert watch.sessions() == 0
