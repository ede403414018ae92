"""What blocks and networks are called: in a title, and in a file's name; and what made the file."""

from __future__ import annotations

import re

from resnet.spec.block import BlockSpec
from resnet.spec.network import VARIANTS, NetworkSpec
from resnet.spec.shortcuts import SHORTCUTS

PROJECT, VERSION = "residual-block-explainer", "0.2.0"  # what a file says of its maker; pyproject.toml has them too


def title(spec: BlockSpec) -> str:
    """What a block is, and its stride.

    >>> title(BlockSpec(pre_activation=True, shortcut="identity"))
    'Identity block v2, s = 1'
    """
    return f"{_name(spec)}, s = {spec.stride}"


def slug(spec: BlockSpec) -> str:
    """For a file's name.

    >>> slug(BlockSpec())
    'convolutional-block_64to256_s1'
    """
    return f"{_hyphened(spec)}_{spec.in_channels}to{spec.out_channels}_s{spec.stride}"


def pair_slug(left: BlockSpec, right: BlockSpec) -> str:
    """'identity-block_and_convolutional-block_64to256_s1'"""
    ends = [(one.in_channels, one.out_channels, one.stride) for one in (left, right)]
    return f"{_hyphened(left) if ends[0] == ends[1] else slug(left)}_and_{slug(right)}"


def _hyphened(spec: BlockSpec) -> str:
    return _name(spec).lower().replace(" ", "-")


def _name(spec: BlockSpec) -> str:
    name = SHORTCUTS[spec.shortcut].title + (" v2" if spec.pre_activation else "")
    return f"Linear {name[0].lower()}{name[1:]}" if spec.linear and not spec.pre_activation else name


_NETWORKS = {"resnet": "ResNet", "resnext": "ResNeXt", "wide_resnet": "Wide ResNet"}


def network_title(spec: NetworkSpec) -> str:
    """'ResNet-50 v1.5';  'Keras ResNet-50 v2';  'CIFAR ResNet-20 v1';  'ResNeXt-101 32×8d v1.5'"""
    return f"{network_name(spec.name)} {VARIANTS[spec.variant].name}"


def network_name(name: str) -> str:
    """As a reader knows it.

    >>> network_name("resnext50_32x4d"), network_name("wide_resnet50_2"), network_name("cifar_resnet20")
    ('ResNeXt-50 32×4d', 'Wide ResNet-50-2', 'CIFAR ResNet-20')
    """
    for prefix, owner in (("cifar_", "CIFAR "), ("keras_", "Keras "), ("course_", "the course’s ")):
        if name.startswith(prefix):
            return owner + network_name(name.removeprefix(prefix).removesuffix("v2"))
    found = re.fullmatch(r"([a-z_]+)(\d+)_?(.*)", name)
    if not found or found[1] not in _NETWORKS:
        return name
    family, depth, rest = found.groups()
    between = "-" if rest.isdigit() else " "  # the 2 of a wide network belongs to its name
    return f"{_NETWORKS[family]}-{depth}" + (between + rest.replace("x", "×") if rest else "")


def known_as(name: str) -> str:
    """A name for a list of all: with Keras's capital V2.

    >>> known_as("keras_resnet50v2")
    'Keras ResNet-50 V2'
    """
    return network_name(name) + (" V2" if name.endswith("v2") else "")


def network_slug(spec: NetworkSpec) -> str:
    """For a file's name: 'resnet50_v1.5_B_224x224'"""
    return f"{spec.name}_{spec.variant}_{spec.shortcut_option}_{spec.height}x{spec.width}"


def for_a_module(name: str) -> str:
    """The same for a file of Python, so that it can be imported.

    >>> for_a_module("convolutional-block_64to256_s1"), for_a_module("resnet50_v1.5_B_224x224")
    ('convolutional_block_64to256_s1', 'resnet50_v1_5_B_224x224')
    """
    return re.sub(r"\W+", "_", name)


def for_a_file(name: str) -> str:
    """Anybody's name, as a part of a file's name.

    >>> for_a_file("ResNet-18 v1.5"), for_a_file("../../etc/passwd"), for_a_file("…")
    ('ResNet-18-v1.5', 'etc-passwd', 'network')
    """
    return re.sub(r"[^A-Za-z0-9_.+]+", "-", name).strip("-.")[:80] or "network"
