"""Real files: three that ship, and our own networks exported by both of torch's exporters, held against the trace."""

from __future__ import annotations

import logging
import lzma
import warnings
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import onnx
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from resnet.models.graph import residual_sums
from resnet.models.onnx_file import MAX_STRIPPED, read_onnx
from resnet.models.weights import build_network
from resnet.spec.catalogue import FAMILIES, rebuilt
from resnet.spec.network import VARIANTS, NetworkSpec, ShortcutOption
from resnet.trace.network import NetworkTrace, trace_network
from resnet.trace.values import OpTrace
from tests.models.onnx_graphs import read_here

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

DATA = Path(__file__).parents[1] / "data/onnx"
EXPORTERS = ("torchscript", "dynamo")


class Known(NamedTuple):
    """``params``  torchvision's, less those of BatchNorm, and less biases that are zero before any training: the
    exporter leaves those out, and keeps one of several weights that are equal.  ``macs`` in thousands of millions,
    from torchvision's documentation
    """

    params: int
    macs: float
    convolutions: int
    adds: int


KNOWN = {
    "resnet18": Known(11_689_512 - 9_600, 1.814, 20, 8),
    "mobilenet_v2": Known(3_504_872 - 34_112 - 1_000, 0.301, 52, 10),
    "convnext_tiny": Known(28_551_360, 4.456, 22, 18),
}


def shipped(name: str) -> bytes:
    return lzma.decompress((DATA / f"{name}.onnx.xz").read_bytes())


@pytest.mark.parametrize("name", KNOWN)
def test_files_that_ship(name: str) -> None:
    known = KNOWN[name]
    g = read_onnx(shipped(name), name=name, most=MAX_STRIPPED)
    assert (g.name, g.source, g.in_shapes, g.out_shapes, g.unknown) == (
        name, "onnx", ((1, 3, 224, 224),), ((1, 1000),), ())  # fmt: skip
    assert g.params == known.params
    assert round(g.macs / 1e9, 3) == known.macs
    assert sum(one.kind == "conv" for one in g.nodes) == known.convolutions
    assert sum(one.kind == "add" and len(one.reads) == 2 for one in g.nodes) == known.adds


def test_convnexts_parameters_are_all_that_is_in_the_file() -> None:
    """A second count, over the file: its floats that are no single numbers."""
    model = onnx.load_model_from_string(shipped("convnext_tiny"))
    counts = [torch.Size(one.dims).numel() for one in model.graph.initializer if one.data_type == 1 and one.dims]
    assert sum(counts) == KNOWN["convnext_tiny"].params


@pytest.mark.parametrize("name", KNOWN)
def test_shapes_of_the_file_are_shapes_by_rule(name: str) -> None:
    """Torch wrote them; without them the rules say the same."""
    model = onnx.load_model_from_string(shipped(name))
    there = read_here(model)
    model.graph.ClearField("value_info")
    for one in model.graph.output:
        one.type.tensor_type.ClearField("shape")
    assert read_here(model) == there


def test_a_path_gives_the_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(shipped("resnet18"))
    assert read_onnx(path).name == read_onnx(str(path)).name == "mine"
    assert read_onnx(path, name="other").name == "other"


def trained(module: nn.Module) -> nn.Module:
    """As if: no two weights are equal and no bias is zero, or an exporter would leave them out."""
    torch.manual_seed(1)
    for parameter in module.parameters():
        nn.init.normal_(parameter)
    for buffer in module.buffers():
        if buffer.is_floating_point():
            nn.init.uniform_(buffer, 0.5, 1.5)
    return module.eval()


def export(
    module: nn.Module, x: Tensor, exporter: str, path: Path, *, opened: bool = False, kept: bool = False
) -> Path:
    """``opened``: batch, height and width are left to the reader;  ``kept``: nothing is folded."""
    axes = {0: "n", 2: "h", 3: "w"} if x.ndim == 4 else {0: "n"}
    logging.disable(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if exporter == "torchscript":
            how = {"do_constant_folding": False, "training": torch.onnx.TrainingMode.PRESERVE} if kept else {}
            dynamic = {"input_names": ["x"], "dynamic_axes": {"x": axes}} if opened else {}
            torch.onnx.export(module, (x,), str(path), dynamo=False, **how, **dynamic)
        else:
            shapes = (dict.fromkeys(axes, torch.export.Dim.DYNAMIC),) if opened else None
            program = torch.onnx.export(module, (x,), dynamo=True, verbose=False, dynamic_shapes=shapes)
            assert program is not None
            program.save(str(path))
    logging.disable(logging.NOTSET)
    return path


def exported(spec: NetworkSpec, exporter: str, directory: Path, **how: bool) -> Path:
    x = torch.zeros(1, 3, spec.height, spec.width)
    return export(trained(build_network(spec)), x, exporter, directory / f"{spec.name}.onnx", **how)


def folded_params(t: NetworkTrace) -> int:
    """A BatchNorm that reads a convolution leaves a bias. Names repeat in blocks: each is looked at alone."""
    return t.params - sum(_gone(ops) for ops in (t.stem, *(block.ops for block in t.blocks), t.head))


def _gone(ops: tuple[OpTrace, ...]) -> int:
    by_name = {op.name: op for op in ops}
    count = 0
    for op in ops:
        source = by_name.get(op.reads[0])
        if op.kind == "batchnorm" and source is not None and source.kind == "conv":
            count += op.scale + (op.shift if source.biases else 0)
    return count


def compare(spec: NetworkSpec, path: Path) -> None:
    """Totals, and every sum: the trace is the oracle."""
    t = trace_network(spec)
    g = read_onnx(path)
    assert g.in_shapes == ((1, *t.in_shape),) and g.out_shapes == ((1, t.out_shape[0]),) and not g.unknown
    assert g.params == folded_params(t) and g.macs == t.macs
    sums = [one for one in g.nodes if one.kind == "add"]
    assert [one.out_shape for one in sums] == [(1, *block.out_shape) for block in t.blocks]
    assert [one.place for one in sums] == [block.name for block in t.blocks]
    by_place = {one.place: one for one in g.nodes if one.kind in ("conv", "linear")}
    convolutions = {f"{block.name}.{op.name}": op for block in t.blocks for op in block.ops if op.kind == "conv"}
    for place, op in convolutions.items():
        read = by_place[place]
        assert (read.weights, read.macs, read.out_shape) == (op.weights, op.macs, (1, *(op.out_shape or ())))
    found = residual_sums(g)
    assert g.other_sums == ()
    assert [
        (one.name, one.kind, one.block, one.in_shape, one.out_shape, one.needed,
         one.macs, one.shortcut_macs, one.params)
        for one in found
    ] == [
        (block.name, block.trace.spec.shortcut, spec.block, block.in_shape, block.out_shape, block.needs_projection,
         block.macs, block.shortcut_macs, block.params - _gone(block.ops))
        for block in t.blocks
    ]  # fmt: skip


SMALL = (
    replace(FAMILIES["cifar_resnet20"], shortcut_option="B"),
    FAMILIES["cifar_resnet20"],
    replace(FAMILIES["resnet50"], height=64, width=96),
)


@pytest.mark.parametrize("spec", SMALL[:2], ids=lambda spec: f"{spec.name}-{spec.shortcut_option}")
def test_our_networks_come_back(spec: NetworkSpec, tmp_path: Path) -> None:
    compare(spec, exported(spec, "torchscript", tmp_path))


@pytest.mark.slow
def test_our_networks_come_back_from_the_newer_exporter(tmp_path: Path) -> None:
    compare(SMALL[0], exported(SMALL[0], "dynamo", tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "exporter"),
    [
        ("resnet18", "dynamo"),
        ("keras_resnet50v2", "dynamo"),
        *((name, "torchscript") for name in ("resnet50", "resnext50_32x4d", "cifar_resnet56", "keras_resnet50")),
    ],
)
def test_families_come_back(name: str, exporter: str, tmp_path: Path) -> None:
    """Ten of them by both exporters, in every variant and with every option: bench/exports.py."""
    spec = replace(FAMILIES[name], height=64, width=64) if "cifar" not in name else FAMILIES[name]
    compare(spec, exported(spec, exporter, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("option", ["B", "C"])
def test_variants_come_back(variant: str, option: ShortcutOption, tmp_path: Path) -> None:
    spec = replace(rebuilt(FAMILIES["resnet18"], variant=variant, shortcut_option=option), height=64, width=64)
    compare(spec, exported(spec, "torchscript", tmp_path))


def test_nothing_is_folded_where_the_exporter_was_told_so(tmp_path: Path) -> None:
    spec = SMALL[1]
    t = trace_network(spec)
    g = read_onnx(exported(spec, "torchscript", tmp_path, kept=True))
    assert (g.params, g.buffers, g.macs) == (t.params, t.buffers, t.macs) and not g.folded
    assert sum(one.kind == "batchnorm" for one in g.nodes) == sum(op.kind == "batchnorm" for op in t.ops)


def test_the_reader_gives_the_size_that_was_left_open(tmp_path: Path) -> None:
    spec = SMALL[1]
    path = exported(spec, "torchscript", tmp_path, opened=True)
    for height, width in ((32, 32), (48, 64)):
        t = trace_network(replace(spec, height=height, width=width))
        g = read_onnx(path, size=(height, width))
        assert (g.macs, g.in_shapes, g.unknown) == (t.macs, ((1, 3, height, width),), ())


class Encoder(nn.Module):
    """One block of a vision transformer, with a layer scale."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        n, length, width = x.shape
        parts = self.qkv(self.norm1(x)).reshape(n, length, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)
        seen = (q @ k.transpose(-1, -2) * 0.25).softmax(-1) @ v
        x = x + self.scale * self.out(seen.transpose(1, 2).reshape(n, length, width))
        return x + self.down(functional.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, width, 8, 8)
        self.token, self.position = nn.Parameter(torch.ones(1, 1, width)), nn.Parameter(torch.ones(1, 17, width))
        self.blocks = nn.ModuleList(Encoder(width, 2) for _ in range(2))
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.position
        for block in self.blocks:
            x = block(x)
        return self.head(x[:, 0])


class Mixed(nn.Module):
    """An inverted residual with squeeze-and-excitation, and every norm; nothing that is folded."""

    def __init__(self) -> None:
        super().__init__()
        self.up, self.deep, self.down = nn.Conv2d(3, 16, 1), nn.Conv2d(16, 16, 5, 1, 2, groups=16), nn.Conv2d(16, 3, 1)
        self.squeeze, self.excite = nn.Conv2d(16, 4, 1), nn.Conv2d(4, 16, 1)
        self.wide = nn.ConvTranspose2d(3, 8, 2, 2)
        self.group, self.each, self.slope = nn.GroupNorm(4, 8), nn.InstanceNorm2d(8, affine=True), nn.PReLU(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.hardswish(self.deep(functional.silu(self.up(x))))
        y = y * torch.sigmoid(self.excite(functional.relu(self.squeeze(y.mean((2, 3), keepdim=True)))))
        y = self.slope(self.each(self.group(self.wide(x + self.down(y)))))
        return self.head(functional.adaptive_avg_pool2d(functional.interpolate(y, scale_factor=0.5), 1).flatten(1))


class Words(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.word, self.place = nn.Embedding(50, 16), nn.Embedding(128, 16)
        self.out = nn.Linear(16, 50)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.word(x) + self.place(torch.arange(x.shape[1])))


OTHERS = {
    "transformer": (Transformer, torch.ones(1, 3, 32, 32)),
    "mixed": (Mixed, torch.ones(1, 3, 16, 16)),
    "words": (Words, torch.ones(1, 128, dtype=torch.int64)),
}


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("name", OTHERS)
def test_other_networks_count_as_torch_counts(name: str, opened: bool, tmp_path: Path) -> None:
    """Parameters by the module, multiply-adds by torch's own counter of operations."""
    _as_torch_counts(name, "torchscript", opened, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_other_networks_from_the_newer_exporter(name: str, tmp_path: Path) -> None:
    _as_torch_counts(name, "dynamo", False, tmp_path)


def _as_torch_counts(name: str, exporter: str, opened: bool, directory: Path) -> None:
    make, x = OTHERS[name]
    module = trained(make())
    with FlopCounterMode(display=False) as counter:
        result = module(x)
    path = export(module, x, exporter, directory / "other.onnx", opened=opened)
    size = (x.shape[2], x.shape[3]) if opened and x.ndim == 4 else None
    g = read_onnx(path, size=size)
    assert g.params == sum(one.numel() for one in module.parameters())
    assert g.macs == counter.get_total_flops() // 2
    assert g.out_shapes == (tuple(result.shape),) and not g.unknown
