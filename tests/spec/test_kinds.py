"""A kind is one row: a shortcut, a quantity and a unit, registered here, are found wherever kinds are told apart."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import torch
from torch import nn

from pages.parts.html import compare as compare_html
from resnet import BlockSpec, Conventions, compare, diagram, network, render, trace, trace_network
from resnet.__main__ import main
from resnet.api import ENDPOINTS
from resnet.api.document import document
from resnet.draw.network import network_diagram
from resnet.draw.network_charts import by_stage
from resnet.export.table_csv import to_csv
from resnet.export.tables import layers_table
from resnet.modules.layers import LAYERS, LayerKind
from resnet.numbers.quantities import QUANTITIES, QuantityKind
from resnet.spec.conventions import UNITS, Unit
from resnet.spec.shortcuts import SHORTCUTS, Layer, ShortcutKind
from resnet.views.compare import CompareView, view_of
from resnet.views.network import NetworkView
from resnet.views.pages import parse
from tests.api.kept import ask
from tests.api.told import parameters_of


class Gate(nn.Module):
    """(C, H, W) → (C, H, W): each channel times a number that is trained."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.scale[:, None, None]


GATED = BlockSpec(in_channels=256, filters=(64, 64, 256), shortcut="identity")


@pytest.fixture
def gated(monkeypatch: pytest.MonkeyPatch) -> BlockSpec:
    layer = LayerKind(
        "gate", "gate", (Gate,), lambda *, channels, device: Gate(channels), effect="each channel is scaled"
    )
    monkeypatch.setitem(LAYERS, "gate", layer)
    kind = ShortcutKind(
        key="gated",
        name="gate",
        words="gated shortcut",
        block="gated",
        title="Gated block",
        projects=False,
        layers=lambda spec: iter([Layer("gate", {"channels": spec.in_channels})]),
    )
    monkeypatch.setitem(SHORTCUTS, "gated", kind)
    return BlockSpec(in_channels=256, filters=(64, 64, 256), shortcut="gated")


def test_a_shortcut_is_traced_judged_drawn_and_listed(gated: BlockSpec) -> None:
    t = trace(gated)
    (gate,) = t.on("shortcut")
    assert (gate.name, gate.kind, gate.params, gate.out_shape) == ("downsample.0", "gate", 256, (256, 56, 56))
    assert t.params == trace(GATED).params + 256
    both = compare(gated, BlockSpec(in_channels=256))
    assert both.left_verdict.headline == "Works"
    assert both.left_verdict.sentence.startswith("Each channel is scaled. It costs +256 parameters")
    svg = render(diagram(t), "svg").decode()
    assert "Gated block, s = 1" in svg and ">gate<" in svg
    assert "shortcut,gate,downsample.0,x," in to_csv(layers_table(both))


def test_a_shortcut_is_on_the_page_and_in_its_address(gated: BlockSpec) -> None:
    view = view_of(gated)
    assert view.left_shortcut == "gated"
    assert view.to_query()["left"] == "gated"
    assert parse(CompareView, view.to_query()) == (view, ())
    parts = {part.name: part for part in (*compare_html.figures(view), *compare_html.layers(view))}
    assert "gate" in parts["layers"].html and "Gated block" in parts["figure left"].html
    (mark,) = (one for one in parts["figure left"].elements if one.op == "left.downsample.0")
    assert mark.label == "Explain gate: 56 × 56 × 256"


def test_a_shortcut_is_in_the_api_and_on_the_command_line(
    gated: BlockSpec, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    answer = ask("/api/block.json?shortcut=gated&in_channels=256")
    assert json.loads(answer.body)["params"] == trace(gated).params
    assert ask("/api/block.svg?shortcut=gated&in_channels=256").file_name == "gated-block_256to256_s1.svg"
    told = parameters_of(document(ENDPOINTS), "/api/block.json")
    allowed = {one["name"]: one["schema"].get("enum", ()) for one in told}
    assert "gated" in allowed["shortcut"] and "gated" in allowed["left"]
    assert main(["block", "--shortcut", "gated", "--in-channels", "256"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["spec"]["shortcut"] == "gated"


@pytest.fixture
def layers(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    row = QuantityKind(
        key="layers",
        label="Layers",
        name=lambda _: "number of layers",
        heading=lambda _: "Layers",
        amount=str,
        unit=lambda _: " layers",
        total=lambda ops, _: len(ops),
        of=lambda block, _: len(block.ops),
    )
    monkeypatch.setitem(QUANTITIES, "layers", row)
    yield "layers"


def test_a_quantity_is_drawn_charted_addressed_and_an_option(
    layers: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    t = trace_network(network("resnet18"))
    svg = render(network_diagram(t, layers), "svg").decode()
    assert "number of layers" in svg and "2 blocks · 14 layers" in svg
    assert any("Layers, by stage" in one.text for one in by_stage(t).layout.annotations)
    view = NetworkView(spec=network("resnet18"), quantity=layers)
    assert parse(NetworkView, view.to_query()) == (view, ())
    assert ask("/api/network.dot?network=resnet18&quantity=layers").status == 200
    assert main(["network", "resnet18", "--quantity", "layers", "--format", "dot"]) == 0
    assert b"14 layers" in capfdbinary.readouterr().out


def test_a_unit_of_operations_is_counted_and_named_everywhere(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    words = {"plural": "dozens", "short": "Dozens", "long": "Dozens", "heading": "Dozens", "means": "", "done": ""}
    monkeypatch.setitem(UNITS, "dozens", Unit(key="dozens", name="doz", of_one=12, **words))
    said = Conventions(unit="dozens")
    assert said.operations(trace(BlockSpec())) == 12 * trace(BlockSpec()).macs
    assert compare(GATED, BlockSpec(), said).totals[2].name == "Dozens"
    assert "2.77 G dozens" in render(diagram(trace(BlockSpec()), conventions=said), "svg").decode()
    assert json.loads(ask("/api/block.json?unit=dozens").body)["shown"]["dozens"] == 12 * trace(BlockSpec()).macs
    assert main(["block", "--unit", "dozens"]) == 0
    assert b'"dozens": ' in capfdbinary.readouterr().out
