"""Networks that are at hand by a name: some that ship as graphs without weights, and our own in every variant.

The shipped ones were exported from torchvision (BSD 3-Clause), their weights dropped: tools/make_models.py.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from resnet.cache import remembered
from resnet.models.graph import Graph
from resnet.models.spec_graph import graph_of
from resnet.models.stored import from_json
from resnet.spec import names
from resnet.spec.catalogue import FAMILIES, network
from resnet.spec.errors import check_one_of
from resnet.spec.network import VARIANTS, NetworkSpec

SHIPPED = {"mobilenet_v2": "MobileNetV2", "convnext_tiny": "ConvNeXt-T", "vit_b_32": "ViT-B/32"}
_FOLDER = Path(__file__).parent / "shipped"


def shipped_names() -> dict[str, str]:
    """Key and name of each, the shipped ones first: ``resnet50`` is its own variant, ``resnet50-v1`` another."""
    return SHIPPED | {key: names.network_title(spec) for key, spec in _ours().items()}


@cache
def _ours() -> dict[str, NetworkSpec]:
    """Basic blocks have no v1.5: there v1 is the same network."""
    found = {}
    for name, family in FAMILIES.items():
        found[name] = family
        for variant in VARIANTS:
            same = variant == family.variant or (
                family.block == "basic" and {variant, family.variant} == {"v1", "v1.5"}
            )
            if not same:
                found[f"{name}-{variant}"] = network(name, variant=variant)
    return found


@remembered(megabytes=64)
def known(key: str) -> Graph:
    """The network with this key. Raises SpecError for any other."""
    check_one_of("model", key, shipped_names())
    if key in SHIPPED:
        return from_json((_FOLDER / f"{key}.json").read_text())
    return graph_of(_ours()[key])


def spec_of(key: str) -> NetworkSpec | None:
    """The NetworkSpec of one of our own; None for a shipped one."""
    return _ours().get(key)
