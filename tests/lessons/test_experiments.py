"""The experiments: every word follows from numbers that the backend gives, and other numbers give other words."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from statistics import fmean

import pytest

from resnet.lessons import experiments
from resnet.lessons.experiments import EXPERIMENTS, Place, gradients, lesion, options, published, shattered, table, told
from resnet.run.family import spec_of
from resnet.run.gradients import gradient_norms
from resnet.run.jobs import State
from resnet.run.lesion import Level, blocks, removable
from resnet.run.lesion import lesion as taken_out
from resnet.run.shatter import gradient_line
from resnet.run.training import Epoch, long_run
from resnet.spec.errors import SpecError
from resnet.trace.network import trace_network
from resnet.views.experiments import ExperimentsView
from resnet.views.pages import parse
from tests.api.kept import answer_to

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

EVERY_PLACE = [
    Place(),
    Place(removed=("layer1.1", "layer2.0"), seed=3),
    Place(removed=blocks()),
    Place(kind="plain", removed=("layer1.1",)),
    Place(experiment="shattered", depth=5),
    Place(experiment="shattered", depth=1, beta="1", batchnorm=True, init="orthogonal"),
    Place(experiment="gradients", blocks=3),
    Place(experiment="gradients", blocks=1, kinds=("plain",)),
    Place(experiment="options"),
    Place(experiment="published"),
    Place(experiment="published", topic="variants"),
]


@pytest.fixture
def clear() -> Iterator[None]:
    """What was remembered of the real numbers is not what another one's test asks for."""
    remembered = [
        options._long, options._last, options._long_curves, options._arrivals, options._pairs, options._at_the_start,
        gradients._right, shattered._right,
    ]  # fmt: skip
    for one in remembered:
        one.cache_clear()
    yield
    for one in remembered:
        one.cache_clear()


@pytest.mark.parametrize("place", EVERY_PLACE, ids=str)
def test_it_has_figures_and_all_its_words(place: Place) -> None:
    said = told(place)
    assert said.figures and said.sources and said.seeds and said.shows and said.shows_not
    for figure in said.figures:
        root = ET.fromstring(figure.svg)
        assert "nan" not in figure.svg and "inf" not in figure.svg
        assert any(text.strip() for text in root.itertext())
    header, *rows = table(place)
    assert rows and all(len(row) == len(header) for row in rows)


@pytest.mark.parametrize("one", EXPERIMENTS.values(), ids=lambda one: one.key)
def test_one_of_its_predictions_is_right_and_says_why(one: experiments.Experiment) -> None:
    right, numbers = one.right()
    assert right in one.predictions
    assert any(letter.isdigit() for letter in numbers)
    assert 3 <= len(one.predictions) <= 4
    assert one.question.endswith("?")
    assert set(one.uses) <= set(Place.__dataclass_fields__)


# take a block out


def test_its_numbers_are_the_networks() -> None:
    found = taken_out(frozenset({"layer2.1"}), seed=4)
    said = " ".join(told(Place(removed=("layer2.1",), seed=4)).words)
    assert f"{100 * found.accuracy:.1f} %" in said and f"{100 * found.intact:.1f} %" in said
    assert f"{100 * min(found.spread):.1f} %" in said
    drawn = told(Place(removed=("layer2.1",), seed=4)).figures[1].svg
    assert f">{100 * fmean(found.spread):.1f}<" in drawn and ">seed 4<" in drawn


def test_what_is_left_of_a_block_is_said() -> None:
    assert "In place of layer2.0 W_s x is left, with its BatchNorm." in told(Place(removed=("layer2.0",))).words[1]
    shortcut = "In place of layer1.0 only its shortcut is left: x passes unchanged."
    assert shortcut in told(Place(removed=("layer1.0",))).words[1]
    nothing = "In place of layer1.0 nothing is left: x passes unchanged."
    assert nothing in told(Place(kind="plain", removed=("layer1.0",))).words[1]
    fixed = set(blocks()) - set(removable("plain"))
    said = told(Place(kind="plain")).figures
    assert fixed and all(name in words for name in fixed for words in (said[0].above, said[3].words))


@pytest.mark.parametrize(("without", "right"), [(0.95, "most"), (0.6, "part"), (0.15, "chance")])
def test_other_accuracies_make_another_prediction_right(
    without: float, right: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lesion, "each_alone", lambda kind: {"layer1.0": (without,), "layer1.1": (without,)})
    monkeypatch.setattr(lesion, "several", lambda kind: (Level(0, 0.97, 0.9, 1.0, 10), Level(1, without, 0, 1, 20)))
    found, numbers = lesion.LESION.right()
    assert found == right and f"{100 * without:.1f} %" in numbers
    assert f"For {'two' if without >= 0.92 else 'no'} of the two blocks" in numbers
    assert lesion.LESION.predictions["most"] == "92 % or more"
    assert "reads 97 % of 600" in lesion.LESION.setting


def test_both_networks_are_compared_over_the_blocks_that_both_can_lose(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = {"B": {"layer1.0": (0.9,), "layer2.0": (0.1,)}, "plain": {"layer1.0": (0.2,)}}
    monkeypatch.setattr(lesion, "each_alone", alone.__getitem__)
    monkeypatch.setattr(lesion, "several", lambda kind: (Level(0, 0.95, 0.9, 1.0, 10),))
    _, numbers = lesion.LESION.right()
    assert "50.0 % on average" in numbers and "it is 90.0 %; the plain ones are right in 20.0 %" in numbers
    assert "costs 5.0 points on average, and 75.0 there" in lesion._shows()


def test_it_says_so_where_the_residual_network_is_no_better(monkeypatch: pytest.MonkeyPatch) -> None:
    worse = {"B": 0.3, "plain": 0.8}
    monkeypatch.setattr(lesion, "each_alone", lambda kind: {"layer1.0": (worse[kind],)})
    monkeypatch.setattr(lesion, "several", lambda kind: (Level(0, 0.9, 0.9, 0.9, 1), Level(1, 0.9, 0.9, 0.9, 1)))
    assert "do not depend on each other less" in lesion._shows()
    assert "never halves" in lesion._shows_not()


def test_where_the_ensemble_stops_is_read_from_the_data() -> None:
    levels = lesion.several("B")
    half = next(level for level in levels if level.mean <= levels[0].mean / 2)
    assert f"with {half.removed} of ten out" in told(Place()).shows_not


# shattered gradients


def test_its_correlations_are_the_networks() -> None:
    line = gradient_line(7, residual=True, beta=0.3)
    said = told(Place(experiment="shattered", depth=7, beta="0.3"))
    assert f"{line.correlation[shattered.LAG]:.2f}" in said.words[0]
    rows = [row for row in table(Place(experiment="shattered", depth=7, beta="0.3")) if row[0] == "residual"]
    assert [row[4] for row in rows if row[3] != ""] == list(line.correlation)


def test_mirrored_weights_keep_a_plain_networks_gradient() -> None:
    """As its words say."""
    kept = gradient_line(shattered.DEPTH, residual=False, init="looks_linear").correlation[shattered.LAG]
    lost = gradient_line(shattered.DEPTH, residual=False).correlation[shattered.LAG]
    assert kept >= shattered.KEPT > lost


@pytest.mark.usefixtures("clear")
@pytest.mark.parametrize(
    ("plain", "strong", "weak", "right"),
    [(0.9, 0.9, 0.9, "both"), (0.1, 0.9, 0.9, "shortcut"), (0.1, 0.1, 0.9, "scale"), (0.1, 0.1, 0.1, "neither")],
)
def test_other_correlations_make_another_prediction_right(
    plain: float, strong: float, weak: float, right: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def line(depth: int, *, residual: bool, beta: float = 1.0, batchnorm: bool = False) -> shattered.Line:
        value = plain if not residual else 0.77 if batchnorm else strong if beta == 1 else weak
        return shattered.Line((), (), (value,) * 41, ())

    monkeypatch.setattr(shattered, "gradient_line", line)
    found, numbers = shattered.SHATTERED.right()
    assert found == right and "0.77 with β = 1 and BatchNorm in the branch" in numbers


@pytest.mark.parametrize("beta", ["0.1", "1"])
def test_what_came_out_names_the_beta_that_it_came_out_with(beta: str) -> None:
    place = Place(experiment="shattered", depth=30, beta=beta)
    smooth = gradient_line(30, residual=True, beta=float(beta)).correlation[shattered.LAG] >= shattered.KEPT
    start = f"With β = {beta} the residual network’s gradient is"
    how = "not shattered; the plain" if smooth else "shattered, as the plain"
    assert f"{start} {how} one’s is" in told(place).words[1]
    assert f"With β = {beta} and BatchNorm in the branch the" in told(replace(place, batchnorm=True)).words[1]


def test_the_axis_reaches_no_further_down_than_the_numbers() -> None:
    line = shattered.Line((), (), (1.0,) * 40 + (-0.1,), (0.0,) * 41)
    assert ">−0.5<" not in shattered._alike(line, line).svg
    assert ">−0.5<" in shattered._alike(line._replace(correlation=(1.0,) * 40 + (-0.5,)), line).svg


# gradient norms


@pytest.mark.usefixtures("clear")
@pytest.mark.parametrize(("first", "right"), [(1e-4, "vanishes"), (2.0, "same"), (1e4, "explodes")])
def test_other_norms_make_another_prediction_right(first: float, right: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        gradients, "gradient_norms", lambda kind, blocks: gradients.Norms(kind, blocks, 0, (first, 1.0), 2.3)
    )
    assert gradients.GRADIENTS.right()[0] == right


def test_with_batchnorm_the_plain_networks_gradient_grows_on_its_way_back() -> None:
    """As its words say, against what is often said."""
    assert gradients.GRADIENTS.right()[0] == "explodes"


@pytest.mark.slow
def test_thirty_steps_turn_it_round() -> None:
    place = Place(experiment="gradients", steps="30", kinds=("plain",))
    after = gradient_norms("plain", place.blocks, steps=30)
    assert gradients._ratio(after) < 1 / gradients.ALIKE
    assert "what exploded now vanishes (plain)" in gradients.GRADIENTS.told(place, (after,)).words[-1]


def test_a_kink_is_where_a_stage_begins() -> None:
    """So many blocks from the end: the shape of what a block gets is not that of what the one in front of it gets."""
    blocks = trace_network(spec_of("plain", 50)).blocks
    begin = [50 - i for i in range(1, 50) if blocks[i].stage != blocks[i - 1].stage]
    low, high = sorted(begin)
    assert f"after {low} and {high} blocks" in told(Place(experiment="gradients")).figures[0].words
    assert told(Place(experiment="gradients", blocks=1)).figures[0].words == ""


def test_its_job_is_of_all_kinds_so_that_showing_fewer_starts_nothing() -> None:
    place = Place(experiment="gradients", steps="10")
    assert gradients.job(replace(place, steps="0")) is None
    assert gradients.job(place) == gradients.job(replace(place, kinds=("B",)))
    assert gradients.job(place) != gradients.job(replace(place, seed=2))


def test_after_some_steps_there_are_two_panels(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(experiment="gradients", blocks=2, steps="10", kinds=("A", "B"))
    norms = tuple(gradients.Norms(kind, 2, 10, (1.0, 2.0, 4.0), 1.0) for kind in ("plain", "A", "B"))
    assert "After 10 steps" not in told(place).figures[0].svg
    monkeypatch.setattr(experiments, "state", lambda _: State("key", "done", 0, (), 1.0, norms, ""))
    said = told(place)
    assert "After 10 steps of training" in said.figures[0].svg
    assert "A 0.25, B 0.25" in said.words[1] and "plain" not in said.words[1]


# five kinds, trained


def runs(**last: tuple[float, ...]) -> tuple[Epoch, ...]:
    return tuple(
        Epoch(kind, seed, epoch, 1.0, value, value if epoch else 0.1)
        for kind, values in last.items()
        for seed, value in enumerate(values, start=1)
        for epoch in range(5)
    )


WORSE = (0.7, 0.71, 0.72) * 3
CLOSE, BEST = (0.96, 0.97, 0.98) * 3, (0.9995, 0.9996, 0.9997) * 3


@pytest.mark.usefixtures("clear")
@pytest.mark.parametrize(
    ("rows", "right", "said"),
    [
        (runs(plain=WORSE, A=CLOSE, B=CLOSE, C=CLOSE, v2=CLOSE), "behind", "A above plain by 26.00"),
        (runs(plain=CLOSE, A=CLOSE, B=CLOSE, C=CLOSE, v2=CLOSE), "alike", "no difference is certain"),
        (runs(plain=CLOSE, A=CLOSE, B=CLOSE, C=BEST, v2=CLOSE), "everywhere", "C above A"),
        (runs(plain=CLOSE, A=CLOSE, B=BEST, C=CLOSE, v2=CLOSE), "another", "B above A"),
        (runs(plain=WORSE, A=CLOSE, B=CLOSE, C=(0.8, 0.81, 0.82) * 3, v2=CLOSE), "behind", "A above C"),
        (runs(plain=CLOSE, A=CLOSE, B=CLOSE, C=(0.97, 0.98, 0.99) * 3, v2=CLOSE), "alike", "2.4 standard"),
    ],
)
def test_a_difference_is_spoken_of_where_it_is_larger_than_chance(
    rows: tuple[Epoch, ...], right: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "long_run", lambda: rows)
    assert options.OPTIONS.right()[0] == right
    shows = told(Place(experiment="options")).shows
    assert said in shows
    assert ("no difference is certain" in shows) == (right == "alike")


def test_the_published_depths_beside_it_are_those_that_are_meant() -> None:
    assert options.PLAIN_18.what == "plain, 18 layers" and options.RESNET_18.what.startswith("ResNet, 18 layers")
    assert "27.94 and 27.88 % error" in told(Place(experiment="options")).shows_not


def test_the_long_run_is_the_shipped_one() -> None:
    rows = [row for row in long_run() if row.kind == "B"]
    last = [row.test for row in rows if row.epoch == max(one.epoch for one in rows)]
    assert len(last) >= 10
    assert f"B {100 * fmean(last):.2f} ±" in options.OPTIONS.right()[1]
    assert len(table(Place(experiment="options"))) == 1 + len(long_run())


def test_what_is_trained_here_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(experiment="options", epochs=4)
    rows = runs(plain=(0.8,), B=(0.9, 0.92))
    for many in (1, 3, len(rows)):
        state = State("key", "running", 0, rows[:many], many / len(rows), None, "")
        monkeypatch.setattr(experiments, "state", lambda _, state=state: state)
        (*_, live) = told(place).figures
        assert live.ours and live.name == "Trained here"
        assert len(table(place)) == 1 + len(long_run()) + many
    assert "plain 80.0 %, B 91.0 % (± 1.4 over 2 seeds)" in live.words


# what was published


def test_both_directions_are_shown_and_ours_stands_apart() -> None:
    said = told(Place(experiment="published"))
    assert "lowered" in said.words[0] and "raised" in said.words[1]
    assert [figure.ours for figure in said.figures] == [False, True]
    theirs, ours = said.figures
    assert "ImageNet" in theirs.svg and "digits" not in theirs.svg
    assert "ImageNet" not in ours.svg and "digits" in ours.svg
    assert published.PUBLISHED.right()[0] == "depends"
    assert "in 16 blocks on ImageNet" in said.shows and "in 54 on CIFAR-10" in said.shows


@pytest.mark.parametrize("topic", published.TOPICS)
def test_every_published_number_is_in_its_picture_with_its_setting_and_its_source(topic: str) -> None:
    said, listed = told(Place(experiment="published", topic=topic)), published.TOPICS[topic].listed
    svg = said.figures[0].svg
    for one in listed:
        assert f">{one.value:.2f}<" in svg and one.setting in svg and one.what in svg
        assert one.source in said.sources
    assert {one.value for one in listed} <= {row[1] for row in table(Place(experiment="published"))[1:]}


def test_what_is_said_of_published_numbers_follows_from_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def shows(topic: str) -> str:
        return told(Place(experiment="published", topic=topic)).shows

    assert "nothing on the shortcut did better" in shows("else") and "6.91 %" in shows("else")
    assert "by 0.24, 0.47, 2.69 points" in shows("order")
    assert "degradation" in shows("depth") and "+0.45, +0.21, +0.29" in shows("variants")
    better = tuple(one._replace(value=5.0) if one.value == 8.70 else one for one in published.ON_THE_SHORTCUT)
    monkeypatch.setattr(published, "ON_THE_SHORTCUT", better)
    assert "Not only the identity" in shows("else")
    monkeypatch.setattr(published, "ON_ORDER", published.ON_ORDER[-2:] + published.ON_ORDER[:5])
    assert "not more with each" in shows("order")
    monkeypatch.setattr(published, "ON_DEPTH", published.ON_DEPTH[1::-1] + published.ON_DEPTH[2:])
    assert "does not tell" in shows("depth")


# addresses and files


@pytest.mark.parametrize("place", EVERY_PLACE, ids=str)
def test_every_place_has_an_address(place: Place) -> None:
    view = ExperimentsView(**vars(place))
    assert parse(ExperimentsView, view.to_query()) == (view, ())


def test_an_address_says_nothing_of_other_experiments() -> None:
    view = ExperimentsView(experiment="published", removed=("layer1.0",), depth=7, trained=("C",), seed=4)
    assert view.to_query() == {"experiment": "published"}


@pytest.mark.parametrize(
    "query",
    ["experiment=none", "predicted=explodes", "removed=layer9.9", "kind=C", "seed=99", "depth=0", "beta=2", "init=x",
     "batchnorm=x", "blocks=101", "steps=7", "kinds=Q", "trained=B,Q", "epochs=21", "seeds=6", "figure=5"],
)  # fmt: skip
def test_nonsense_is_explained(query: str) -> None:
    name, _, value = query.partition("=")
    view, (error,) = parse(ExperimentsView, {name: value})
    assert view == ExperimentsView()
    assert isinstance(error, SpecError) and error.field == name


def test_a_block_that_a_plain_network_needs_is_explained() -> None:
    view, (error,) = parse(ExperimentsView, {"kind": "plain", "removed": "layer2.0,layer1.1"})
    assert view.removed == ("layer1.1",)
    assert "nothing else would fit" in str(error)


def answer(address: str) -> tuple[int, bytes]:
    found = answer_to(address)
    return found.status_code, found.body


def test_the_files_are_what_the_page_shows() -> None:
    status, body = answer("/api/experiment.svg?removed=layer1.2&figure=2")
    assert status == 200
    shown = told(Place(removed=("layer1.2",))).figures[1].svg
    written = {one.text for one in ET.fromstring(body).iter("{http://www.w3.org/2000/svg}text")}
    assert written == {one.text for one in ET.fromstring(shown).iter("{http://www.w3.org/2000/svg}text")}
    status, body = answer("/api/experiment.csv?experiment=options")
    header = next(csv.reader(io.StringIO(body.decode())))
    assert [name.partition(" ")[0] for name in header] == ["run", "kind", "seed", "epoch", "loss", "training", "test"]
    assert len(header) == 1 + len(Epoch._fields)


@pytest.mark.usefixtures("clear")
def test_who_is_sooner_there_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = {"plain": (0.1, 0.2, 0.2, 0.2), "B": (0.1, 0.8, 0.85, 0.97), "v2": (0.1, 0.5, 0.95, 0.97)}
    rows = [Epoch(kind, 1, i, 1.0, 0.0, value) for kind, way in ways.items() for i, value in enumerate(way)]
    monkeypatch.setattr(options, "long_run", lambda: tuple(rows))
    said, turned = options._sooner()
    assert said.endswith("80 %: plain never, B 1, pre-activation 2. 90 %: plain never, B 3, pre-activation 2.")
    assert turned == "The order depends on the threshold: B is sooner than pre-activation at 80 %, and later at 90 %."
    monkeypatch.setattr(options, "long_run", lambda: tuple(row for row in rows if row.kind != "v2"))
    options._arrivals.cache_clear()
    assert len(options._sooner()) == 1


@pytest.mark.usefixtures("clear")
@pytest.mark.parametrize(("plain", "said"), [(3, "plain needs longer than every other kind"), (1, "It is not certain")])
def test_whether_plain_needs_longer_is_tested(plain: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        Epoch(kind, seed, epoch, 1.0, 0.0, 0.95 if epoch >= start + seed % 2 else 0.2)
        for kind, start in (("plain", 3 * plain), ("B", 3), ("C", 3))
        for seed in range(8)
        for epoch in range(12)
    ]
    monkeypatch.setattr(options, "long_run", lambda: tuple(rows))
    assert said in options._at_the_start()


def test_a_figure_that_was_not_run_is_a_sentence() -> None:
    status, body = answer("/api/experiment.svg?experiment=options&figure=3&epochs=19")
    assert status == 400 and b"run on the page before" in body
