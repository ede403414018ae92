"""What blocks and networks are called: in a title, and in a file's name."""

from __future__ import annotations

import re

from resnet.spec.block import BlockSpec
from resnet.spec.network import NetworkSpec

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
