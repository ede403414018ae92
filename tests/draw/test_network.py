"""The picture of a network, its charts, and the address that leads from a block to the comparison and back."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode

import pytest

from resnet import FAMILIES, network, trace_network
from resnet.draw import network_charts
from resnet.draw.network import network_diagram
from resnet.draw.render import render
from resnet.draw.rows import CELL
from resnet.numbers.quantities import QUANTITIES
from resnet.spec.conventions import DEFAULT
from resnet.views.compare import CompareView
from resnet.views.network import NetworkView, parse_origin
from resnet.views.pages import parse
from tests.draw.pictures import check_golden, check_labels

DEEP = trace_network(network("resnet152"))


@pytest.mark.parametrize(("name", "quantity"), [("resnet18", "macs"), ("cifar_resnet20", "params")])
def test_golden_dot(name: str, quantity: str, update_golden: bool) -> None:
    source = network_diagram(trace_network(network(name)), quantity).source
    check_golden(f"network_{name}_{quantity}.dot", source, update_golden)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_no_label_covers_another(name: str, quantity: str, capfd: pytest.CaptureFixture[str]) -> None:
    check_labels(network_diagram(trace_network(network(name)), quantity).svg())
    warnings = [one for one in capfd.readouterr().err.splitlines() if "ontconfig" not in one and "reset-" not in one]
    assert not warnings, warnings


def test_labels_at_the_largest_input() -> None:
    check_labels(network_diagram(trace_network(network("resnet50", height=4096, width=4096)), "macs").svg())


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_block_is_a_cell_in_order_and_filled_in_proportion(quantity: str) -> None:
    source = network_diagram(DEEP, quantity).source
    cells = re.findall(r'^\t"(layer\d\.\d+)" \[.*?pos="([\d.]+),', source, flags=re.M)
    assert [name for name, _ in cells] == [block.name for block in DEEP.blocks]
    most = max(QUANTITIES[quantity].of(block, DEFAULT) for block in DEEP.blocks)
    heights: dict[str, float] = {}
    for name, high in re.findall(r'^\t"(layer\d\.\d+) (?:main|shortcut)" \[.*height=([\d.]+)', source, flags=re.M):
        heights[name] = heights.get(name, 0) + 72 * float(high)
    for block in DEEP.blocks:
        assert heights[block.name] == pytest.approx(
            (CELL - 5) * QUANTITIES[quantity].of(block, DEFAULT) / most, abs=1.4
        ), block.name


def test_convolutional_blocks_are_told_apart_without_colour() -> None:
    t = trace_network(network("keras_resnet50v2"))
    source = network_diagram(t).source
    for block in t.blocks:
        cell = re.search(rf'^\t"{block.name}" \[(.*)\]', source, flags=re.M)[1]
        arc = re.search(rf'^\t"{block.name}" -> "{block.name}" \[(.*)\]', source, flags=re.M)[1]
        assert ("penwidth=1.8" in cell) == ("penwidth=2.6" in arc) == (block.kind == "convolutional")
        assert ("dashed" in arc) == (block.trace.spec.shortcut == "max_pool")


@pytest.mark.slow
def test_every_format() -> None:
    graph = network_diagram(DEEP)
    assert render(graph, "pdf").startswith(b"%PDF-")
    assert render(graph, "png").startswith(b"\x89PNG")
    assert render(graph, "svg").startswith(b"<?xml")


# charts


def test_the_waterfall_ends_at_keras_number() -> None:
    figure = network_charts.waterfall(network("resnet101"))
    assert list(figure.data[0].y) == [44_549_160, 105_344, 52_672, 44_707_176]
    assert figure.data[0].text[-1] == "44,707,176"
    assert list(figure.data[0].measure) == ["absolute", "relative", "relative", "total"]


def test_charts_show_the_traces_numbers() -> None:
    t = trace_network(network("resnet50"))
    stages = network_charts.by_stage(t)
    main, shortcuts = stages.data[0], stages.data[1]
    assert sum(main.y) + sum(shortcuts.y) == t.params
    assert sum(shortcuts.y) == 2_776_576
    blocks = network_charts.by_block(t)
    assert [a + b for a, b in zip(blocks.data[2].y, blocks.data[3].y, strict=True)] == [b.macs for b in t.blocks]
    assert list(network_charts.receptive_field(t).data[0].y)[-1] == 427
    assert network_charts.ladder(network("resnet50")).data[0].text[0] == "3.86 G"


# addresses


@pytest.mark.parametrize("name", FAMILIES)
def test_every_block_opens_in_the_comparison_with_exactly_its_spec_and_leads_back(name: str) -> None:
    for option in "ABC":
        view = NetworkView(spec=network(name, shortcut_option=option), quantity="macs")
        for block in trace_network(view.spec).blocks:
            parsed = parse(CompareView, dict(parse_qsl(urlencode(view.comparison(block.name).to_query()))))
            assert not parsed.dropped
            shown = parsed.view.right if block.kind == "convolutional" else parsed.view.left
            if block.trace.spec.shortcut == "pool_projection" or block.kind == "identity":
                assert shown == block.trace.spec
            assert shown == block.trace.spec
            back = parse_origin(parsed.view.origin)
            assert back == NetworkView(spec=view.spec, quantity="macs", at=block.name)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_view_comes_back_from_its_address(name: str) -> None:
    spec = network(name, variant="v2", shortcut_option="C", height=65, width=97, num_classes=12)
    view = NetworkView(spec=spec, quantity="receptive_field", at="layer2.1")
    assert parse(NetworkView, view.to_query()) == (view, ())
    assert NetworkView(spec=network("resnet50")).to_query() == {}
    small = NetworkView(spec=network("resnet50", height=56, width=56))  # the comparison's default is not this page's
    assert parse(NetworkView, small.to_query()) == (small, ())


@pytest.mark.parametrize(
    ("key", "value"),
    [("network", "resnet51"), ("variant", "v3"), ("shortcut_option", "b"), ("height", "0"), ("width", "4097"),
     ("num_classes", "1e3"), ("quantity", "flops"), ("at", "layer9.0"), ("netwrok", "resnet18"), ("height", "9" * 5000),
     ("at", "<script>")],
)  # fmt: skip
def test_nonsense_is_dropped_and_named(key: str, value: str) -> None:
    view, dropped = parse(NetworkView, {key: value, "quantity": "macs"} if key != "quantity" else {key: value})
    (error,) = dropped
    assert error.field == (key if key != "netwrok" else "the name of a parameter")
    assert view.spec == network("resnet50")


def test_a_size_that_is_too_small_falls_back_and_says_why() -> None:
    view, (error,) = parse(NetworkView, {"network": "course_resnet50", "height": "20", "width": "20"})
    assert (view.spec.height, view.spec.width) == (64, 64)
    assert "at least 37 × 37" in str(error)


@pytest.mark.parametrize("origin", ["", "x", "at=layer1.0&network=none", "network=resnet50", "a=b&" * 30, "%00", "=="])
def test_an_origin_that_makes_no_sense_is_none(origin: str) -> None:
    assert parse_origin(origin) is None
