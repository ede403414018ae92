"""What it costs to be seen from outside: a scrape, the counting and telling of one change and of one request, a look at
the process's health.

    python -m bench.seen
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable

from pages.parts.watch import watched
from resnet import log, metrics
from resnet.api import ENDPOINTS, health
from resnet.views.pages import PAGES
from tests.api.asgi import ask
from tests.pages.opening import open_at

ROUNDS = 40


def times(what: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Milliseconds of processor time of each: what others do on the machine counts for less."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        what()
        found.append(1000 * (time.process_time() - start))
    return found


def told(what: str, found: list[float]) -> None:
    print(f"{what:58}{statistics.median(found):10.3f}{min(found):10.3f}{max(found):10.3f}")


def fill() -> None:
    """Every line that there can be after a long day."""
    for page in PAGES:
        for outcome in ("done", "cut short", "stopped", "failed"):
            metrics.CHANGES.labels(page.name, outcome).inc()
        metrics.CHANGE_SECONDS.labels(page.name).observe(0.1)
    for form in {one.form.key for one in ENDPOINTS}:
        metrics.FIGURE_SECONDS.labels(form).observe(0.1)
        for how, status in (
            ("made", "200"),
            ("seen", "200"),
            ("copied", "304"),
            ("refused", "400"),
            ("refused", "429"),
        ):
            metrics.FIGURES.labels(form, how, status).inc()


def one_run() -> None:
    with watched("compare"):
        pass


def main() -> None:
    log.set_up(io.StringIO(), {"RESNET_LOG": "json"})
    app = open_at("compare.py")
    fill()
    print(f"{'ms of a processor':58}{'median':>10}{'least':>10}{'most':>10}")
    lines = len(metrics.scraped().splitlines())
    told(f"a scrape, {lines:,} lines", times(metrics.scraped))
    told("the same, asked for at its address", times(lambda: ask("/metrics")))
    told("a change's counting and line in the log", times(one_run, 2000))
    told("a change of the comparison, all of it", times(app.run))
    told("a figure that was seen, with counting and line in the log", times(lambda: ask("/api/block.json")))
    told("a look at the health, each 5 seconds at most", times(health.figure))


if __name__ == "__main__":
    main()
