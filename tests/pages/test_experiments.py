"""The page of the experiments, without a browser: nothing is told before a prediction, and nothing runs by itself."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.controls import experiments as controls
from pages.parts.html import experiments as html
from pages.parts.html.part import Part
from resnet.lessons import experiments
from resnet.lessons.experiments import EXPERIMENTS
from resnet.lessons.experiments.place import Told
from resnet.run.jobs import CANCELLED, FullError, Job, Phase, State
from resnet.run.lesion import blocks
from resnet.run.redis_queue import AGAIN, RETURN, RedisQueue
from resnet.run.runs import LOST, UNKNOWN
from resnet.run.training import Epoch
from resnet.views.experiments import ExperimentsView
from tests.pages.opening import open_at
from tests.run.servers import Server, needs_redis

pytestmark = pytest.mark.slow  # seconds each: `make quick` leaves them out

ROWS = tuple(Epoch(kind, 1, epoch, 1.0, 0.5, 0.1 + 0.2 * epoch) for kind in ("plain", "B") for epoch in range(3))


class Scripted:
    """A queue whose job is where a test puts it."""

    def __init__(self) -> None:
        self.asked: list[Job] = []
        self.readers: list[str] = []
        self.stopped: list[str] = []
        self.full = False
        self.now: State | None = None

    def put(self, phase: Phase, **more: Any) -> None:
        ended: dict[str, Any] = {"place": 0, "told": (), "share": 0.0, "result": None, "problem": ""}
        self.now = State("the job", phase, **(ended | more))

    def submit(self, job: Job, *, reader: str = "") -> State | None:
        if self.full:
            raise FullError(20)
        self.asked.append(job)
        self.readers.append(reader)
        self.put("waiting", place=2)
        return self.now

    def state(self, _: str) -> State | None:
        return self.now

    def cancel(self, key: str) -> None:
        self.stopped.append(key)
        self.put("cancelled", problem=CANCELLED)


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    scripted = Scripted()
    for module in (experiments, controls):
        monkeypatch.setattr(module, "queue", lambda: scripted)
    return scripted


@pytest.fixture
def views(monkeypatch: pytest.MonkeyPatch) -> list[ExperimentsView]:
    """The views whose results were shown, in order."""
    shown: list[ExperimentsView] = []
    original = html.main

    def main(view: ExperimentsView, told: Told) -> tuple[Part, ...]:
        shown.append(view)
        return original(view, told)

    monkeypatch.setattr(html, "main", main)
    return shown


open_experiments = partial(open_at, "experiments.py")


def words(parts: tuple[Part, ...]) -> str:
    return "".join(part.html for part in parts)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_nothing_is_told_before_a_prediction(name: str, views: list[ExperimentsView], queue: Scripted) -> None:
    app = open_experiments(experiment=name)
    assert not app.exception and not app.warning
    (question,) = app.radio
    assert question.value is None and len(question.options) == len(EXPERIMENTS[name].predictions)
    assert views == []
    question.set_value(next(iter(EXPERIMENTS[name].predictions))).run()
    assert not app.exception
    assert [view.experiment for view in views] == [name]
    assert app.query_params["predicted"] == next(iter(EXPERIMENTS[name].predictions))
    assert not app.radio
    assert queue.asked == []


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_it_says_whether_the_prediction_held(name: str) -> None:
    right, _ = EXPERIMENTS[name].right()
    for key, prediction in EXPERIMENTS[name].predictions.items():
        said = words(html.verdict(ExperimentsView(experiment=name, predicted=key)))
        assert ("As you expected" in said) == (key == right)
        assert prediction.replace("’", "") in said.replace("’", "")


def test_whoever_comes_back_finds_the_experiment_as_it_was_left(views: list[ExperimentsView]) -> None:
    app = open_experiments(predicted="most", removed="layer1.1,layer1.2")
    choice = next(one for one in app.segmented_control if one.label == "Experiment")
    choice.set_value("published").run()
    assert not app.exception
    assert dict(app.query_params) == {"experiment": "published"}
    next(one for one in app.segmented_control if one.label == "Experiment").set_value("lesion").run()
    assert views[-1].removed == ("layer1.1", "layer1.2") and views[-1].predicted == "most"


def test_a_prediction_can_be_made_again(views: list[ExperimentsView]) -> None:
    app = open_experiments(predicted="most")
    app.button(key="again").click().run()
    assert "predicted" not in app.query_params
    assert app.radio and app.radio[0].value is None


def test_nonsense_in_the_address_is_explained(views: list[ExperimentsView]) -> None:
    app = open_experiments(predicted="most", removed="layer7.7", seed="99")
    (warning,) = app.warning
    assert "removed" in warning.value and "seed" in warning.value
    assert views == [ExperimentsView(predicted="most")]


# take a block out


def test_every_block_can_be_pressed_and_says_what_it_does() -> None:
    view = ExperimentsView(predicted="most", removed=("layer1.1",))
    elements = html.main(view, experiments.told(view))[0].elements
    assert [one.op for one in elements] == [f"block.{name}" for name in blocks()]
    assert [one.id for one in elements if "put it back" in one.label] == ["layer1.1"]
    assert "W_s x is left" in elements[4].tip
    plain = replace(view, kind="plain")
    assert len(html.main(plain, experiments.told(plain))[0].elements) == 8
    assert html.before(replace(view, predicted=""))[0].elements == ()


def test_the_other_network_keeps_what_can_be_out_of_it(views: list[ExperimentsView]) -> None:
    app = open_experiments(predicted="most", removed="layer1.1,layer2.0", seed="4")
    app.segmented_control(key="experiments_kind").set_value("plain").run()
    assert not app.exception and not app.warning
    assert (views[-1].kind, views[-1].removed, views[-1].seed) == ("plain", ("layer1.1",), 4)
    app.slider(key="experiments_seed").set_value(7).run()
    assert app.query_params["seed"] == "7"
    next(one for one in app.button if one.label == "Put all back").click().run()
    assert views[-1].removed == () and "removed" not in app.query_params


# settings


def test_every_control_of_the_shattering_reaches_the_figures(views: list[ExperimentsView]) -> None:
    app = open_experiments(experiment="shattered", predicted="both")
    app.slider(key="experiments_depth").set_value(3).run()
    app.select_slider(key="experiments_beta").set_value("0.7").run()
    app.toggle(key="experiments_batchnorm").set_value(True).run()
    app.segmented_control(key="experiments_init").set_value("orthogonal").run()
    assert not app.exception
    last = views[-1]
    assert (last.depth, last.beta, last.batchnorm, last.init) == (3, "0.7", True, "orthogonal")


def test_the_kinds_that_are_shown_can_be_chosen_but_not_all_left_out(views: list[ExperimentsView]) -> None:
    app = open_experiments(experiment="gradients", predicted="same", blocks="2")
    app.button_group[-1].set_value(["C", "plain"]).run()
    assert not app.exception
    assert views[-1].kinds == ("plain", "C") and app.query_params["kinds"] == "plain,C"
    app.button_group[-1].set_value([]).run()
    assert views[-1].kinds == ("plain", "C") and app.button_group[-1].value == ["plain", "C"]


# runs


def test_an_address_starts_nothing_and_the_button_does(queue: Scripted) -> None:
    app = open_experiments(experiment="options", predicted="alike", trained="B", epochs="2", seeds="3")
    assert queue.asked == []
    app.button(key="run").click().run()
    assert not app.exception
    (job,) = queue.asked
    assert dict(job.asked) == {"kinds": "B", "epochs": 2, "seeds": 3, "blocks": 10}
    assert bar(app) == "In the queue: 2 before this one."


def bar(app: AppTest) -> str:
    """What stands at the progress bar."""
    return str(app.get("progress")[0].proto.text)


def test_a_run_that_is_under_way_is_found_by_its_address(queue: Scripted) -> None:
    queue.put("running", told=ROWS[:4], share=0.5)
    app = open_experiments(experiment="options", predicted="alike")
    assert not app.exception
    assert bar(app) == "Running: 50%."
    assert queue.asked == []
    app.button(key="stop").click().run()
    assert queue.stopped
    assert CANCELLED in [one.value for one in app.warning]
    app.button(key="run").click().run()
    assert len(queue.asked) == 1


@pytest.mark.parametrize("phase", ["failed", "lost", "cancelled"])
def test_a_run_that_came_to_nothing_says_so_and_can_be_started_again(phase: Phase, queue: Scripted) -> None:
    queue.put(phase, problem="A sentence.", told=ROWS[:2])
    app = open_experiments(experiment="options", predicted="alike")
    assert [one.value for one in app.warning] == ["A sentence."]
    assert app.button(key="run").label == "Train again"


def test_while_the_queue_is_away_what_was_told_stays(queue: Scripted) -> None:
    """And it looks again: nothing is to be pressed."""
    queue.put("unknown", problem="A sentence.", told=ROWS[:2])
    app = open_experiments(experiment="options", predicted="alike")
    assert not app.exception
    assert [one.value for one in app.warning] == ["A sentence."]
    assert not [one for one in app.button if one.key in ("run", "stop")]
    queue.put("running", told=ROWS[:4], share=0.5)
    app.run()
    assert not app.warning and bar(app) == "Running: 50%."


def test_readers_are_told_apart_and_nothing_more(queue: Scripted) -> None:
    for _ in range(2):
        app = open_experiments(experiment="options", predicted="alike")
        app.button(key="run").click().run()
        queue.put("cancelled", problem=CANCELLED)
        app.run()
        app.button(key="run").click().run()
        queue.now = None
    first, again, other, _ = queue.readers
    assert first == again != other and len(first) == 16 == len(other)


def test_a_run_that_is_done_is_shown(queue: Scripted) -> None:
    queue.put("done", result=ROWS, share=1.0)
    app = open_experiments(experiment="options", predicted="alike")
    assert not app.exception
    assert not [one for one in app.button if one.key in ("run", "stop")]


@needs_redis
def test_a_page_bears_that_redis_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(tmp_path).start()
    real = RedisQueue(server.url)
    for module in (experiments, controls):
        monkeypatch.setattr(module, "queue", lambda: real)
    try:
        app = open_experiments(experiment="options", predicted="alike")
        app.button(key="run").click().run()
        assert bar(app) == "In the queue: 0 before this one."
        server.stop()
        for _ in range(2):
            app.run()
            assert not app.exception and [one.value for one in app.warning] == [UNKNOWN]
        other = open_experiments(experiment="gradients", predicted="same", blocks="2", steps="10")
        assert not other.exception and [one.value for one in other.warning] == [UNKNOWN]
        server.start()
        time.sleep(AGAIN + RETURN)
        app.run()  # Redis has forgotten it, and no worker reminds it
        time.sleep(RETURN)
        app.run()
        assert not app.exception and [one.value for one in app.warning] == [LOST]
        app.button(key="run").click().run()
        assert not app.warning and bar(app) == "In the queue: 0 before this one."
        other.run()
        assert not other.warning
        other.button(key="run").click().run()
        assert bar(other) == "In the queue: 1 before this one."
    finally:
        server.stop()


def test_a_full_queue_is_a_sentence(queue: Scripted) -> None:
    queue.full = True
    app = open_experiments(experiment="gradients", predicted="same", blocks="2", steps="10")
    app.button(key="run").click().run()
    assert not app.exception
    assert ["The queue is full" in one.value for one in app.warning] == [True]


def test_links_lead_to_the_files_of_what_is_shown() -> None:
    view = ExperimentsView(predicted="most", removed=("layer1.1",))
    said = words(html.files(view, experiments.told(view)))
    assert "api/experiment.svg?removed=layer1.1&amp;figure=2" in said
    assert "api/experiment_rows.csv?removed=layer1.1" in said
    assert "predicted" not in said
