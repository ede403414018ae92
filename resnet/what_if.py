"""The same network built otherwise: shortcut options A, B, C and the variants, with what each costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from resnet.families import FAMILIES, SHORTCUT_OPTIONS, VARIANTS, NetworkSpec, network
from resnet.network_trace import NetworkTrace, trace_network
from resnet.spec import SpecError

OPTIONS = {
    "A": "zero padding where dimensions change",
    "B": "projection where dimensions change",
    "C": "projection in every block",
}
VARIANT_NAMES = {
    "v1": "stride in the first 1×1",
    "v1.5": "stride in the 3×3",
    "d": "v1.5, average pool in the projection, deep stem",
    "v2": "pre-activation",
}


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """``trace`` is None where the input is too small for this way of building it."""

    name: str
    words: str
    trace: NetworkTrace | None
    current: bool


def options(spec: NetworkSpec) -> tuple[Alternative, ...]:
    """This network with each shortcut option."""
    return tuple(
        Alternative(
            name=f"option {option}",
            words=OPTIONS[option],
            trace=_rebuilt(spec, spec.variant, option),
            current=option == spec.shortcut_option,
        )
        for option in SHORTCUT_OPTIONS
    )


def variants(spec: NetworkSpec) -> tuple[Alternative, ...]:
    """This network in each variant. In basic blocks v1 and v1.5 are the same: there is no middle to stride in."""
    return tuple(
        Alternative(
            name=variant.replace("d", "D"),
            words=VARIANT_NAMES[variant],
            trace=_rebuilt(spec, variant, spec.shortcut_option),
            current=variant == spec.variant,
        )
        for variant in VARIANTS
    )


@lru_cache(maxsize=512)
def _rebuilt(spec: NetworkSpec, variant: str, option: str) -> NetworkTrace | None:
    assert spec.name in FAMILIES, "alternatives are those of the known networks"
    try:
        return trace_network(
            network(
                spec.name,
                height=spec.height,
                width=spec.width,
                num_classes=spec.num_classes,
                variant=variant,
                shortcut_option=option,
            )
        )
    except SpecError:
        return None
