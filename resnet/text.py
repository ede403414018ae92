"""How numbers, sizes and layers are written, once for screen, file, table and command line."""

from __future__ import annotations

import re

from resnet.families import NetworkSpec
from resnet.spec import BlockSpec
from resnet.trace import OpTrace

MINUS = "−"


def count(n: int) -> str:
    """75008 -> '75,008'"""
    return f"{n:,}".replace("-", MINUS)


def difference(n: int) -> str:
    """16896 -> '+16,896';  0 -> '0'"""
    return f"{n:+,}".replace("-", MINUS) if n else "0"


def percent(part: int, whole: int) -> str:
    """(16896, 58112) -> '+29.1 %';  (-7680, 25557032) -> '−0.03 %'"""
    share = 100 * part / whole
    return f"{share:+.{1 if abs(share) >= 0.1 else 2}f} %".replace("-", MINUS)


def million(n: int) -> str:
    """231211008 -> '231.2 M'; 1234567890 -> '1.23 G'"""
    for size, unit in ((10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M")):
        if n >= size:
            return f"{n / size:,.2f} {unit}" if unit != "M" else f"{n / size:,.1f} M"
    return count(n)


def giga(n: int) -> str:
    """4089184256 -> '4.09 G'"""
    return f"{n / 1e9:,.2f} G"


def memory(n: int) -> str:
    """Bytes in binary units: 16859136 -> '16.1 MiB'"""
    for size, unit in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if n >= size:
            return f"{n / size:,.1f} {unit}"
    return f"{n:,} B"


def layer(op: OpTrace) -> str:
    """What an operation is, in the field's words: '3×3 conv, 64, s=2'."""
    if op.kind == "conv" and op.window is not None:
        f, stride, _, groups = op.window
        filters = f", {op.out_shape[0]:,}" if op.out_shape else ""
        grouped = f", {groups} groups" if groups > 1 else ""
        return f"{f}×{f} conv{filters}{grouped}" + (f", s={stride}" if stride > 1 or op.path == "shortcut" else "")
    if op.kind in ("maxpool", "avgpool") and op.window is not None:
        f, stride, *_ = op.window
        pool = {"maxpool": "max-pool", "avgpool": "average pool"}[op.kind]
        return f"{f}×{f} {pool}" + (f", s={stride}" if stride > 1 else "")
    return _LAYERS[op.kind]


_LAYERS = {
    "batchnorm": "BatchNorm",
    "relu": "ReLU",
    "subsample": "every s-th pixel",
    "zero_pad": "pad with zeros",
    "add": "addition",
    "pad": "zeros around the map",
    "flatten": "flatten",
    "linear": "linear layer",
}
_TITLES = {
    "identity": "Identity block",
    "projection": "Convolutional block",
    "pool_projection": "Pooled convolutional block",
    "zero_pad": "Zero-padding block",
    "max_pool": "Max-pool block",
}


def title(spec: BlockSpec) -> str:
    """'Convolutional block, s = 1';  'Identity block v2, s = 1' with pre-activation"""
    return f"{_name(spec)}, s = {spec.stride}"


def slug(spec: BlockSpec) -> str:
    """For a file's name: 'convolutional-block_64to256_s1'"""
    return f"{_hyphened(spec)}_{spec.in_channels}to{spec.out_channels}_s{spec.stride}"


def pair_slug(left: BlockSpec, right: BlockSpec) -> str:
    """'identity-block_and_convolutional-block_64to256_s1'"""
    return f"{_hyphened(left)}_and_{slug(right)}"


def _hyphened(spec: BlockSpec) -> str:
    return _name(spec).lower().replace(" ", "-")


def _name(spec: BlockSpec) -> str:
    return _TITLES[spec.shortcut] + (" v2" if spec.pre_activation else "")


_NETWORKS = {"resnet": "ResNet", "resnext": "ResNeXt", "wide_resnet": "Wide ResNet"}


def network_title(spec: NetworkSpec) -> str:
    """'ResNet-50 v1.5';  'Keras ResNet-50 v2';  'CIFAR ResNet-20 v1';  'ResNeXt-101 32×8d v1.5'"""
    return f"{network_name(spec.name)} {spec.variant.replace('d', 'D')}"


def network_name(name: str) -> str:
    """'resnext50_32x4d' -> 'ResNeXt-50 32×4d'"""
    for prefix, owner in (("cifar_", "CIFAR "), ("keras_", "Keras "), ("course_", "the course’s ")):
        if name.startswith(prefix):
            return owner + network_name(name.removeprefix(prefix).removesuffix("v2"))
    found = re.fullmatch(r"([a-z_]+)(\d+)_?(.*)", name)
    if not found:
        return name
    family, depth, rest = found.groups()
    return f"{_NETWORKS.get(family, family)}-{depth}{f' {rest}'.replace('x', '×') if rest else ''}"


def network_slug(spec: NetworkSpec) -> str:
    """For a file's name: 'resnet50_v1.5_B_224x224'"""
    return f"{spec.name}_{spec.variant}_{spec.shortcut_option}_{spec.height}x{spec.width}"
