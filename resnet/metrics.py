"""What a process counts of itself, for Prometheus: each thing is declared here once, with its unit and what it means.

A label is one of few names of ours: a page, a format, a status, never what somebody has written. What others know
already (the caches, the queue, the sessions) is asked of them when somebody reads, and costs nothing before.

Source of the names: https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from resnet.cache import every

REGISTRY = CollectorRegistry()
MEDIA = CONTENT_TYPE_LATEST
_BUCKETS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0)  # seconds
_FEW = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # there are many forms: each bucket is a line for each of them
# When each was first counted: a line for each line, which nobody here asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]

# What is counted as it happens.
CHANGES = Counter("explainer_changes", "Runs of a page: it opened, or a reader changed something.",
                  ("page", "outcome"), registry=REGISTRY)  # fmt: skip
CHANGE_SECONDS = Histogram("explainer_change_seconds", "How long such a run takes, what it waits for included.",
                           ("page",), buckets=_BUCKETS, registry=REGISTRY)  # fmt: skip
FIGURES = Counter("explainer_figures", "Requests for a figure, table or file: made, seen before, copied, refused.",
                  ("form", "how", "status"), registry=REGISTRY)  # fmt: skip
FIGURE_SECONDS = Histogram("explainer_figure_seconds", "How long one that is made takes, its turn included.",
                           ("form",), buckets=_FEW, registry=REGISTRY)  # fmt: skip
WAITING = Gauge("explainer_figures_waiting", "Requests that wait for their turn.", registry=REGISTRY)
SESSIONS = Gauge("explainer_sessions", "Pages that are open in a browser.", registry=REGISTRY)
BUILD = Gauge("explainer_build_info", "1, with the version as its label.", ("version",), registry=REGISTRY)


class _Family(NamedTuple):
    """What is asked for when somebody reads."""

    name: str
    words: str
    label: str
    counts: bool = False

    def filled(self, values: Mapping[str, float]) -> Metric:
        family = (CounterMetricFamily if self.counts else GaugeMetricFamily)(
            self.name, self.words, labels=(self.label,)
        )
        for label, value in values.items():
            family.add_metric((label,), value)
        return family


_HITS = _Family("explainer_cache_hits", "Found in a cache.", "cache", counts=True)
_MISSES = _Family("explainer_cache_misses", "Not found, and made.", "cache", counts=True)
_BYTES = _Family("explainer_cache_bytes", "What a cache holds.", "cache")
_LIMIT = _Family("explainer_cache_limit_bytes", "What it may hold.", "cache")
JOBS = _Family("explainer_jobs", "Runs that are in the queue now.", "phase")
ENDED = _Family("explainer_jobs_ended", "Runs that ended, since this process started.", "phase", counts=True)
_FAMILIES = (_HITS, _MISSES, _BYTES, _LIMIT, JOBS, ENDED)


class _Asked(Collector):
    """Asks when it is read. Who can't answer just now leaves nothing out but its own."""

    def __init__(self) -> None:
        self.jobs: Callable[[], tuple[Mapping[str, float], Mapping[str, float]]] = lambda: ({}, {})

    def collect(self) -> Iterable[Metric]:
        infos = every()
        for family, values in (
            (_HITS, {name: info.hits for name, info in infos.items()}),
            (_MISSES, {name: info.misses for name, info in infos.items()}),
            (_BYTES, {name: info.currsize for name, info in infos.items()}),
            (_LIMIT, {name: info.maxsize for name, info in infos.items()}),
        ):
            yield family.filled(values)
        now, ended = self.jobs()
        yield JOBS.filled(now)
        yield ENDED.filled(ended)


_asked = _Asked()
REGISTRY.register(_asked)
ProcessCollector(registry=REGISTRY)


def ask_for_jobs(counts: Callable[[], tuple[Mapping[str, float], Mapping[str, float]]]) -> None:
    """``counts``: how many there are by phase, and how many have ended by phase."""
    _asked.jobs = counts


def scraped() -> bytes:
    """Everything, as Prometheus reads it."""
    return generate_latest(REGISTRY)


def names() -> list[str]:
    """Of everything that is declared here, as Prometheus writes them."""
    own = [
        next(iter(one.describe()))
        for one in (CHANGES, CHANGE_SECONDS, FIGURES, FIGURE_SECONDS, WAITING, SESSIONS, BUILD)
    ]
    return [f"{one.name}_total" if one.type == "counter" else one.name for one in own] + [
        f"{one.name}_total" if one.counts else one.name for one in _FAMILIES
    ]
