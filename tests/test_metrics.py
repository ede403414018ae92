"""What a process counts: each thing is there, under few names of ours, and reading it is cheap."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from resnet import metrics
from resnet.api import ENDPOINTS
from resnet.cache import every, remembered
from resnet.spec.names import VERSION
from resnet.views.pages import PAGES
from tests.api.asgi import ask
from tests.pages.opening import open_at

README = (Path(__file__).parents[1] / "README.md").read_text()
OUTCOMES = ("done", "cut short", "stopped", "failed")
HOWS = ("made", "seen", "copied", "refused", "failed")
STATUSES = ("200", "304", "400", "403", "405", "408", "413", "414", "429", "500")


def value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def scrape() -> dict[str, list[dict[str, str]]]:
    """By sample, its labels; read by Prometheus's own parser."""
    answer = ask("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        assert family.documentation
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


def test_figures_are_counted_by_what_became_of_them() -> None:
    before = {how: value("explainer_figures_total", form="dot", how=how, status=status)
              for how, status in (("made", "200"), ("seen", "200"), ("copied", "304"), ("refused", "400"))}  # fmt: skip
    timed = value("explainer_figure_seconds_count", form="dot")
    tag = ask("/api/block.dot?f1=29").headers["etag"]
    ask("/api/block.dot?f1=29")
    ask("/api/block.dot?f1=29", headers={"If-None-Match": tag})
    ask("/api/block.dot?stride=9")
    for how, status in (("made", "200"), ("seen", "200"), ("copied", "304"), ("refused", "400")):
        assert value("explainer_figures_total", form="dot", how=how, status=status) == before[how] + 1, how
    assert value("explainer_figure_seconds_count", form="dot") == timed + 1


@pytest.mark.slow
def test_runs_of_pages_are_counted_and_timed() -> None:
    before = [value("explainer_changes_total", page="answers", outcome="done"),
              value("explainer_change_seconds_count", page="answers")]  # fmt: skip
    app = open_at("answers.py")
    app.run()
    assert value("explainer_changes_total", page="answers", outcome="done") >= before[0] + 2
    assert value("explainer_change_seconds_count", page="answers") >= before[1] + 2


def test_a_cache_tells_what_it_holds() -> None:
    @remembered(megabytes=0.01)
    def doubled(n: int) -> str:
        return "x" * n

    for n in (10, 10, 20):
        doubled(n)
    name = f"{__name__}.test_a_cache_tells_what_it_holds.<locals>.doubled"
    assert (every()[name].hits, every()[name].misses) == (1, 2)
    assert value("explainer_cache_hits_total", cache=name) == 1
    assert value("explainer_cache_misses_total", cache=name) == 2
    assert 0 < value("explainer_cache_bytes", cache=name) <= value("explainer_cache_limit_bytes", cache=name) == 10_000


def test_everything_is_there_and_in_the_readme() -> None:
    ask("/api/block.json")
    found = scrape()
    assert found["explainer_build_info"] == [{"version": VERSION}]
    assert {"process_resident_memory_bytes", "process_open_fds"} <= set(found)
    for name in metrics.names():
        assert f"`{name}`" in README, name
        assert any(sample.startswith(name.removesuffix("_total")) for sample in found), name
    assert {one["phase"] for one in found["explainer_jobs"]} == {"waiting", "running"}
    assert {one["phase"] for one in found["explainer_jobs_ended_total"]} == {"done", "failed", "cancelled", "lost"}


def test_a_label_is_never_what_somebody_wrote() -> None:
    for method, path in itertools.product(("GET", "POST", "EVIL"), ("evil", "block.evil", "block.json?evil=1&f1=evil")):
        ask(f"/api/{path}", method=method, headers={"User-Agent": "evil", "Host": "evil"})
    forms, pages = {one.form.key for one in ENDPOINTS}, {one.name for one in PAGES}
    allowed = {"form": forms, "how": set(HOWS), "status": set(STATUSES), "page": pages, "outcome": set(OUTCOMES)}
    for sample, listed in scrape().items():
        for labels in listed:
            for name in set(labels) & set(allowed):
                assert labels[name] in allowed[name], sample


def test_reading_it_stays_cheap_whatever_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line costs ten microseconds; Prometheus comes every few seconds. (bench/RESULTS.md has the milliseconds.)"""
    lines = len(metrics.scraped().splitlines())
    forms, pages = {one.form.key for one in ENDPOINTS}, len(PAGES)
    most = lines + len(forms) * (8 + 5) + pages * (len(OUTCOMES) + 16)
    assert lines < most < 1_500


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"])
def test_nobody_behind_a_proxy_reads_it(header: str) -> None:
    answer = ask("/metrics", headers={header: "10.0.0.1"})
    assert answer.status_code == 404
    assert b"explainer_" not in answer.body


def test_names_and_units_are_as_prometheus_wants_them() -> None:
    for name in metrics.names():
        assert re.fullmatch(r"explainer_[a-z_]+", name)
        assert "milli" not in name and "mega" not in name
