"""What outlives the process of a session: every name in its state is in the address, sent by the browser, or held."""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from PIL import Image
from streamlit.runtime import metrics_util
from streamlit.testing.v1 import AppTest

from pages.parts.controls import kept
from pages.parts.controls.address import key_of
from pages.parts.start import start_routes
from resnet.draw.style import PLAIN
from resnet.export.subjects.model import GRAPH, Asked
from resnet.lessons.experiments import EXPERIMENTS
from resnet.models.library import known
from resnet.run.jobs import LOST
from resnet.views.experiments import ExperimentsView
from resnet.views.model import ModelView
from resnet.views.pages import PAGES
from tests.pages.opening import MAIN, open_at

pytestmark = pytest.mark.slow


class PageThatHolds:
    """What the browser's half does: it holds what it was told, and hands it over when it is asked to."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}
        self.files: list[str] = []
        self.hands_over: object = None

    def __call__(self, held: dict[str, object], files: list[str], taken: int) -> object:
        back, self.hands_over = self.hands_over, None
        if back is None:
            self.held, self.files = json.loads(json.dumps(held)), files  # as it goes through the browser
        return back


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> PageThatHolds:
    found = PageThatHolds()
    monkeypatch.setattr(kept, "shown", found)
    return found


def packed(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "size": len(content), "packed": base64.b64encode(zlib.compress(content)).decode()}


def picture() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((300, 200), 80).convert("RGB").save(out, "PNG")
    return out.getvalue()


def used() -> Iterator[tuple[str, AppTest]]:
    """Every page, after its reader has done something that is in no address."""
    app = open_at("compare.py", stride="2")
    app.select_slider("compare_f1_power_0").set_value(256).run()
    yield "compare.py", app
    app.switch_page("experiments.py").run()
    app.radio("prediction lesion").set_value("most").run()
    app.segmented_control("experiment_0").select("shattered").run()
    yield "experiments.py", app
    app.switch_page("answers.py").run()
    app.text_input("words").set_value("projection").run()
    yield "answers.py", app
    app.switch_page("practice.py").run()
    app.segmented_control("practice_level").select("shapes").run()
    for box in app.number_input:
        box.set_value(28)
    next(one for one in app.button if one.label == "Check").click().run()
    yield "practice.py", app
    for file in ("network.py", "story.py", "signal_page.py", "model.py"):
        app.switch_page(file).run()
        yield file, app


def sheets(app: AppTest) -> list[tuple[str, bytes]]:
    return [(one.proto.id, one.proto.SerializeToString()) for one in app.get("bidi_component")]


CONTROLS = {key_of(page.view, one.name) for page in PAGES for one in page.view.PARAMETERS}
FILES = {"own_model, dropped", "other_model, dropped", "own picture"}


def test_no_name_in_the_state_is_lost_with_its_process(page: PageThatHolds) -> None:
    """Whoever puts another name there says in ``kept`` what becomes of it."""
    made = [re.escape(one).replace(r"\{\}", ".+").replace(r"\{run\}", r"\w+-[0-9a-f]{16}") for one in kept.MADE]
    seen: set[str] = set()
    for _, app in used():
        assert not app.exception
        state = app._session_state._state
        ours = set(state.filtered_state) - set(state._key_id_mapper._key_id_mapping)
        seen |= ours
        unknown = [
            name
            for name in ours - CONTROLS - FILES - set(kept.HELD)
            if not any(re.fullmatch(pattern, name) for pattern in made)
        ]
        assert unknown == [], "in the address, held, or made anew? See pages/parts/controls/kept.py"
    assert {"predictions", "experiments as they were left", "address shown last on compare"} <= seen


def test_what_the_page_holds_makes_a_new_session_the_same(page: PageThatHolds) -> None:
    for file, app in used():
        if file == "experiments.py":  # its other experiments are tested below
            continue
        app.run()  # what a run has changed is held from the next on
        shown, query, held = sheets(app), dict(app.query_params), page.held
        page.hands_over = {"number": 1, "held": held, "files": {}}
        again = at(app._page_hash, query)
        assert not again.exception
        assert sheets(again) == shown, file
        again.run()
        assert page.held == held, file


def at(page_hash: str, query: Mapping[str, Any]) -> AppTest:
    """A session that knows nothing, on that page."""
    app = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app._page_hash = page_hash
    return app.run()


def test_files_come_back_until_they_are_put_away(page: PageThatHolds) -> None:
    graph = GRAPH.form("graph").make(Asked(ModelView(), known("resnet18")), PLAIN)
    page.hands_over = {
        "number": 7,
        "held": {},
        "files": {"own_model": packed("mine.json", graph), "picture_file": packed("mine.png", picture())},
    }
    app = open_at("model.py")
    assert not app.exception
    assert sorted(page.files) == ["own_model", "picture_file"]
    assert app.button("own_model_away")
    app.switch_page("signal_page.py").run()
    app.button("put_away").click().run()
    app.run()
    assert page.files == ["own_model"]


HOSTILE: dict[str, object] = {
    "a text": "held",
    "no files": {"number": 1, "held": {}},
    "lists": {"number": 1, "held": [], "files": []},
    "names of ours": {"number": 1, "held": {"own_model, dropped": "x", "page shown last": "x"}, "files": {}},
    "no words": {"number": 1, "held": {"words": 5}, "files": {}},
    "a long text": {"number": 1, "held": {"words": "x" * 101}, "files": {}},
    "no predictions": {"number": 1, "held": {"predictions": {"3 1 shapes": {"height": "x"}}}, "files": {}},
    "no level": {"number": 1, "held": {"predictions": {"3 1 x": {"conventions": {}}}}, "files": {}},
    "no views": {"number": 1, "held": {"experiments as they were left": {"lesion": [1]}}, "files": {}},
    "no query": {"number": 1, "held": {"address shown last on compare": {"stride": 2}}, "files": {}},
    "no keys": {"number": 1, "held": {"runs asked for": [[1]]}, "files": {}},
    "no file": {"number": 1, "held": {}, "files": {"own_model": "x", "picture_file": {"name": "x"}, "x": {}}},
    "no picture": {"number": 1, "held": {}, "files": {"picture_file": packed("x.png", b"x")}},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_a_page_can_not_have_from_here_is_not_taken(page: PageThatHolds, case: str) -> None:
    """It can be anybody's: a browser sends what its reader wants."""
    st.session_state.clear()
    kept._take(HOSTILE[case])
    taken = {name for name in st.session_state if name != "handed over"}
    assert taken == set()


def test_a_run_of_which_nobody_knows_any_more_is_lost(page: PageThatHolds) -> None:
    job = EXPERIMENTS["options"].job(ExperimentsView(experiment="options"))
    page.hands_over = {"number": 1, "held": {"runs asked for": [job.key]}, "files": {}}
    app = open_at("experiments.py", experiment="options", predicted="alike")
    assert [one.value for one in app.warning] == [LOST]
    assert app.button("run").label == "Train again"


def test_experiments_are_found_as_they_were_left(page: PageThatHolds) -> None:
    left = {"lesion": {"predicted": "most", "removed": "layer1.1"}}
    page.hands_over = {"number": 1, "held": {"experiments as they were left": left}, "files": {}}
    app = open_at("experiments.py", experiment="shattered")
    app.segmented_control("experiment_0").select("lesion").run()
    assert not app.exception
    assert dict(app.query_params)["removed"] == "layer1.1"


def test_a_page_takes_every_machine_for_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else it empties itself when another machine's process takes over."""
    start_routes()
    found = set()
    for name in ("one", "another"):
        (tmp_path / name).write_text(name)
        monkeypatch.setattr(metrics_util, "_ETC_MACHINE_ID_PATH", str(tmp_path / name))
        found.add(metrics_util.Installation().installation_id)
    assert len(found) == 1
