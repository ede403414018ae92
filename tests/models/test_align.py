"""Two networks beside each other: edits that are known are found, on either side, whatever anything is called."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from resnet import SpecError, network
from resnet.models import gotoh
from resnet.models.align import NetworkComparison, Row, compare_networks
from resnet.models.differ import FOLDED, MAYBE_FOLDED, WHAT, Change
from resnet.models.gotoh import aligned
from resnet.models.graph import Graph
from resnet.models.node import Node
from resnet.models.spec_graph import graph_of
from resnet.models.units import Unit, units_of
from resnet.spec.catalogue import FAMILIES
from resnet.spec.conventions import Conventions
from tests.examples import examples
from tests.models.growing import grown
from tests.models.stacks import Block, Edit, edited, stack

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

DERIVED = {"parameters", "multiply-adds"}
SHORTCUTS = {"identity": "identity", "projection": "projection", "pool": "average pool"}


def of(name: str, **options: str) -> Graph:
    return graph_of(network(name, **options))


def keys(row: Row) -> frozenset[str]:
    return frozenset(one.what for one in row.changes) - DERIVED


def mirrored(row: Row) -> Row:
    return Row(row.right, row.left, tuple(Change(one.what, one.right, one.left) for one in row.changes))


def check(c: NetworkComparison) -> None:
    """What is true of any comparison: everything is in it once, and the other way round it says the same."""
    assert tuple(row.left for row in c.rows if row.left) == units_of(c.left)
    assert tuple(row.right for row in c.rows if row.right) == units_of(c.right)
    totals = {one.key: one for one in c.totals}
    for key, graph in (("left", c.left), ("right", c.right)):
        units = [getattr(row, key) for row in c.rows if getattr(row, key)]
        assert sum(one.params for one in units) == getattr(totals["params"], key) == graph.params
        assert sum(one.macs for one in units) == getattr(totals["macs"], key) == graph.macs
    for row in c.rows:
        told = [list(WHAT).index(one.what) for one in row.changes]
        assert told == sorted(set(told)), "each key once, what is derived last"
        assert all(one.left != one.right for one in row.changes)
    other = compare_networks(c.right, c.left)
    assert sorted(map(_told, other.rows)) == sorted(_told(mirrored(row)) for row in c.rows)


def _told(row: Row) -> str:
    names = [side.nodes if side else () for side in (row.left, row.right)]
    return f"{names} {row.changes}"


# our own networks


@pytest.mark.parametrize("name", FAMILIES)
def test_a_network_is_itself(name: str) -> None:
    c = compare_networks(of(name), of(name))
    assert {row.kind for row in c.rows} == {"same"}
    assert all(one.difference == 0 for one in c.totals)


@pytest.mark.parametrize(("name", "strides"), [("resnet50", 3), ("resnet152", 3), ("keras_resnet50", 3)])
def test_v1_and_v15_differ_in_a_stride(name: str, strides: int) -> None:
    c = compare_networks(of(name, variant="v1"), of(name, variant="v1.5"))
    check(c)
    changed = [row for row in c.rows if row.kind == "changed"]
    assert c.counts == {"same": len(c.rows) - strides, "changed": strides, "only_left": 0, "only_right": 0}
    assert [row.unit.name for row in changed] == ["layer2.0", "layer3.0", "layer4.0"]
    assert {row.changes[0] for row in changed} == {Change("stride", "2 · 1 · 1", "1 · 2 · 1")}
    assert {keys(row) for row in changed} == {frozenset({"stride"})}


def test_seventeen_blocks_more() -> None:
    c = compare_networks(of("resnet50"), of("resnet101"))
    check(c)
    assert c.counts == {"same": 20, "changed": 0, "only_left": 0, "only_right": 17}
    assert [row.unit.name for row in c.rows if row.kind == "only_right"] == [f"layer3.{i}" for i in range(6, 23)]
    differences = {one.key: one.difference for one in c.totals}
    assert differences["sums"] == differences["sums_identity"] == 17
    assert differences["shortcut_params"] == 0


def test_stage_by_stage_though_every_block_is_another() -> None:
    c = compare_networks(of("resnet34"), of("resnet50"))
    check(c)
    blocks = [row for row in c.rows if row.left and row.left.sum]
    assert len(blocks) == 16
    for row in blocks:
        assert row.left and row.right and row.left.name == row.right.name
        assert row.changes[0] == Change("block", "basic block", "bottleneck block")
    first = {one.what: (one.left, one.right) for one in blocks[0].changes}
    assert first["shortcut"] == ("identity", "projection")
    assert first["layers"] == ("3×3 conv, 3×3 conv", "1×1 conv, 3×3 conv, 1×1 conv")
    assert first["shape"] == ("56 × 56 × 64", "56 × 56 × 64 to 56 × 56 × 256")


@pytest.mark.parametrize(
    ("left", "right", "what"),
    [
        (("resnet50", {}), ("resnext50_32x4d", {}), "groups"),
        (("resnet50", {}), ("wide_resnet50_2", {}), "channels"),
        (("resnet50", {"variant": "v1.5"}), ("resnet50", {"variant": "d"}), "shortcut"),
        (("resnet18", {"shortcut_option": "B"}), ("resnet18", {"shortcut_option": "C"}), "shortcut"),
        (("cifar_resnet20", {"shortcut_option": "A"}), ("cifar_resnet20", {"shortcut_option": "B"}), "shortcut"),
    ],
)
def test_variants_differ_in_what_they_vary(
    left: tuple[str, dict[str, str]], right: tuple[str, dict[str, str]], what: str
) -> None:
    c = compare_networks(of(left[0], **left[1]), of(right[0], **right[1]))
    check(c)
    blocks = [row for row in c.rows if row.unit.sum]
    assert all(row.left and row.right for row in blocks)
    changed = [row for row in blocks if row.kind == "changed"]
    assert changed and all(what in keys(row) for row in changed)


def test_another_size_changes_no_alignment() -> None:
    c = compare_networks(of("resnet50"), graph_of(network("resnet101", height=160, width=192)))
    assert [row.unit.name for row in c.rows if row.kind == "only_right"] == [f"layer3.{i}" for i in range(6, 23)]
    assert {keys(row) for row in c.rows if row.left and row.right} <= {frozenset({"shape"}), frozenset()}


def test_shapes_as_the_conventions_write_them() -> None:
    c = compare_networks(of("resnet34"), of("resnet50"), Conventions(axes="nchw", unit="flops", counting="keras"))
    first = {one.what: (one.left, one.right) for one in c.rows[2].changes}
    assert first["shape"][0] == "64 × 56 × 56"
    totals = {one.key: one for one in c.totals}
    assert totals["flops"].right == 2 * of("resnet50").macs
    assert totals["params"].right == of("resnet50").params + of("resnet50").buffers


# folded


def folded(graph: Graph) -> Graph:
    """Without any BatchNorm: what reads one reads its convolution, which has a bias."""
    source = {one.name: one.reads[0] for one in graph.nodes if one.kind == "batchnorm"}
    channels = {source[one.name]: one.shift for one in graph.nodes if one.kind == "batchnorm"}

    def without(node: Node) -> Node:
        return replace(
            node, reads=tuple(source.get(one, one) for one in node.reads), biases=channels.get(node.name, node.biases)
        )

    return replace(graph, nodes=tuple(without(one) for one in graph.nodes if one.kind != "batchnorm"))


def test_a_folded_batchnorm_is_one_change() -> None:
    graph = of("resnet50")
    c = compare_networks(graph, folded(graph))
    check(c)
    assert all(row.left and row.right for row in c.rows)
    for row in c.rows:
        norms = sum(many for _, many in row.unit.norms)
        if not norms:
            assert row.kind == "same"
            continue
        words = f"{norms} × BatchNorm" if norms > 1 else "BatchNorm"
        assert row.changes[0] == Change("norm", words, FOLDED)
        assert [one.what for one in row.changes] == ["norm", "parameters"]
    totals = {one.key: one for one in c.totals}
    assert (totals["params"].right, totals["params"].difference) == (25_530_472, -26_560)


def test_what_is_half_folded() -> None:
    """A norm in front of a convolution (v2) stays; one behind it does not."""
    graph = of("resnet50", variant="v2")
    behind = {one.name for one in graph.nodes if one.kind == "conv"}
    keep = {one.name for one in graph.nodes if one.kind == "batchnorm" and one.reads[0] not in behind}
    hidden = replace(
        graph, nodes=tuple(replace(one, kind="layernorm") if one.name in keep else one for one in graph.nodes)
    )
    half = folded(hidden)
    half = replace(half, nodes=tuple(replace(one, kind="batchnorm") if one.name in keep else one for one in half.nodes))
    row = next(row for row in compare_networks(graph, half).rows if row.unit.name == "layer1.1")
    assert row.changes[0] == Change("norm", "3 × BatchNorm", f"BatchNorm, 2 {FOLDED}")


def test_a_norm_without_a_trace_may_be_folded() -> None:
    """Untrained, it leaves a bias of zeros, which an exporter leaves out. Another norm instead is no folding."""
    graph = of("resnet18")
    bare = folded(graph)
    bare = replace(bare, nodes=tuple(replace(one, biases=0) if one.kind == "conv" else one for one in bare.nodes))
    assert compare_networks(graph, bare).rows[2].changes[0] == Change("norm", "2 × BatchNorm", MAYBE_FOLDED)
    grouped = [replace(one, kind="groupnorm") if one.kind == "batchnorm" else one for one in graph.nodes]
    change = compare_networks(graph, replace(graph, nodes=tuple(grouped))).rows[2].changes[0]
    assert change == Change("norm", "2 × BatchNorm", "2 × GroupNorm")


def test_a_bias_is_no_folding() -> None:
    graph = of("resnet18")
    biased = replace(graph, nodes=tuple(replace(one, biases=8) if one.kind == "conv" else one for one in graph.nodes))
    c = compare_networks(graph, biased)
    assert keys(c.rows[0]) == {"bias"}
    assert c.rows[2].changes[0] == Change("bias", "none", "2 of its layers")


# random edits

KERNELS, GROUPS = (3, 5), (1, 2, 4)


@st.composite
def blocks(draw: st.DrawFn, width: int) -> Block:
    stride = draw(st.sampled_from([1, 1, 1, 2]))
    kinds = [kind for kind in SHORTCUTS if Block(width, stride=stride, shortcut=kind).possible]
    return Block(
        width, draw(st.sampled_from(KERNELS)), draw(st.sampled_from(GROUPS)), stride, draw(st.sampled_from(kinds))
    )


@st.composite
def edits(draw: st.DrawFn, one: Block, at: int, width: int) -> Edit:
    what = draw(st.sampled_from(["insert", "delete", "kernel", "groups", "stride", "shortcut"]))
    if what == "insert":
        return Edit(what, at, replace(draw(blocks(width)), stride=1))
    values = {
        "kernel": [7, 9],
        "groups": list(GROUPS),
        "stride": [1, 2],
        "shortcut": list(SHORTCUTS),
    }.get(what, [None])  # fmt: skip
    value = draw(st.sampled_from(values))
    if what == "delete":
        assume(one.stride == 1)  # where two that halve the map follow each other, which one is missing is open
    else:
        assume(value != getattr(one, what) and replace(one, **{what: value}).possible)
    return Edit(what, at, value)


@st.composite
def edited_networks(draw: st.DrawFn) -> tuple[list[Block], list[Edit]]:
    """Each block has a width of its own, so that there is no doubt which is which; edits are not neighbours."""
    many = draw(st.integers(2, 12))
    widths = draw(st.permutations([8 * one for one in range(1, 17)]))
    base = [draw(blocks(widths[i])) for i in range(many)]
    places = draw(st.lists(st.integers(0, many - 1), min_size=1, max_size=3, unique=True))
    places = [one for i, one in enumerate(places) if all(abs(one - other) > 1 for other in places[:i])]
    return base, [draw(edits(base[at], at, widths[-1 - i])) for i, at in enumerate(places)]


def rows_of(c: NetworkComparison) -> list[tuple[int | None, int | None, frozenset[str]]]:
    """Of the blocks: places on both sides, and what is found to differ."""
    sides = [[row.left for row in c.rows], [row.right for row in c.rows]]
    place = [{one.nodes: i for i, one in enumerate(u for u in side if u and u.sum)} for side in sides]
    return [
        (
            place[0][row.left.nodes] if row.left else None,
            place[1][row.right.nodes] if row.right else None,
            keys(row),
        )
        for row in c.rows
        if row.unit.sum
    ]


@given(edited_networks())
@settings(max_examples=examples(80), deadline=None)
def test_edits_are_found(made: tuple[list[Block], list[Edit]]) -> None:
    """Exactly they, and the sizes that they change further down."""
    base, done = made
    other, expected = edited(base, done)
    assume(len(other) > 0)
    c = compare_networks(stack(base), stack(other, "m"))
    assert rows_of(c) == [(one.left, one.right, one.changes) for one in expected]
    check(c)


@given(
    st.lists(st.sampled_from([Block(8), Block(8, kernel=5), Block(16), Block(8, groups=2)]), min_size=1, max_size=10),
    st.data(),
)
@settings(max_examples=examples(50), deadline=None)
def test_no_longer_than_what_was_done(base: list[Block], data: st.DataObject) -> None:
    """Blocks that repeat: which one was deleted is open, but the comparison needs no more than was done."""
    at = data.draw(st.integers(0, len(base) - 1))
    done = data.draw(edits(base[at], at, 24))
    assume(done.what != "stride")
    other, _ = edited(base, [done])
    c = compare_networks(stack(base), stack(other, "m"))
    assert sum(row.kind != "same" for row in c.rows) <= 1
    check(c)


# the alignment itself


def points(a: Unit, b: Unit) -> int:
    """What a pair is worth, from the table of features alone."""
    if a.sort != b.sort:
        return gotoh._NEVER - gotoh._THRESHOLD
    return sum(worth for read, worth in gotoh._FEATURES.items() if read(a) == read(b)) - gotoh._THRESHOLD


def worth(pairs: Sequence[gotoh.Pair]) -> int:
    kinds = ["pair" if a and b else "down" if a else "right" for a, b in pairs]
    runs = sum(kind != "pair" for kind, _ in itertools.groupby(kinds))
    return sum(points(a, b) for a, b in pairs if a and b) + gotoh._GAP * runs


def best(left: tuple[Unit, ...], right: tuple[Unit, ...]) -> int:
    """By trying everything."""

    @cache
    def go(i: int, j: int, before: str) -> int:
        if i == len(left) and j == len(right):
            return 0
        found = []
        if i < len(left) and j < len(right):
            found.append(points(left[i], right[j]) + go(i + 1, j + 1, "pair"))
        if i < len(left):
            found.append((before != "down") * gotoh._GAP + go(i + 1, j, "down"))
        if j < len(right):
            found.append((before != "right") * gotoh._GAP + go(i, j + 1, "right"))
        return max(found)

    return go(0, 0, "")


SOME = [one for name in ("resnet18", "resnext50_32x4d") for one in units_of(of(name))]


@given(st.lists(st.sampled_from(SOME), max_size=8), st.lists(st.sampled_from(SOME), max_size=8))
@settings(max_examples=examples(200), deadline=None)
def test_no_alignment_is_better(left: list[Unit], right: list[Unit]) -> None:
    pairs = aligned(left, right)
    assert [a for a, _ in pairs if a] == left and [b for _, b in pairs if b] == right
    assert worth(pairs) == best(tuple(left), tuple(right))


def test_of_blocks_that_are_alike_the_last_is_the_one_more() -> None:
    """Whatever differs in front of them and behind them."""
    for ends in ((Block(32), Block(64)), (Block(8, kernel=5), Block(8, kernel=7))):
        left = [ends[0], Block(8), Block(8), Block(24)]
        right = [ends[1], Block(8), Block(8), Block(8), Block(24)]
        for a, b, more in ((left, right, (None, 3)), (right, left, (3, None))):
            rows = rows_of(compare_networks(stack(a), stack(b, "m")))
            assert [row[:2] for row in rows if None in row[:2]] == [more]


@pytest.mark.parametrize("seed", range(12))
def test_any_two_networks(seed: int) -> None:
    """Of random blocks inside each other."""
    check(compare_networks(grown(seed, 6)[1], grown(seed + 100, 8)[1]))


def test_long_networks_are_quick() -> None:
    """A thousand units each, of which no two are the same."""
    left, right = ([replace(one, params=one.params + i) for i, one in enumerate(SOME * 36)][:1000] for _ in range(2))
    right = right[::-1]
    begin = time.process_time()
    pairs = aligned(left, right)
    assert time.process_time() - begin < 2
    assert sum(a is not None for a, _ in pairs) == sum(b is not None for _, b in pairs) == 1000


def test_what_is_too_long_is_refused_at_once() -> None:
    unit = SOME[0]
    left, right = ([replace(unit, params=i + start) for i in range(6000)] for start in (0, 10_000))
    with pytest.raises(SpecError, match="25,000,000 pairs"):
        aligned(left, right)
    assert len(aligned(left, left)) == 6000


def test_names_say_nothing() -> None:
    graph = of("resnet50")
    names = {one: f"n{i}" for i, one in enumerate(graph.shapes)}
    renamed = replace(
        graph,
        inputs=tuple(one._replace(name=names[one.name]) for one in graph.inputs),
        nodes=tuple(
            replace(one, name=names[one.name], place="", reads=tuple(names[read] for read in one.reads))
            for one in graph.nodes
        ),
        outputs=tuple(names[one] for one in graph.outputs),
    )
    assert {row.kind for row in compare_networks(graph, renamed).rows} == {"same"}


def test_nothing_beside_something() -> None:
    nothing = Graph(name="", source="onnx", inputs=(), nodes=(), outputs=())
    c = compare_networks(nothing, of("resnet18"))
    check(c)
    assert {row.kind for row in c.rows} == {"only_right"}
    assert compare_networks(nothing, nothing).rows == ()
