"""The same network built otherwise: shortcut options A, B, C and the variants, with what each costs."""

from __future__ import annotations

from dataclasses import dataclass

from resnet.spec.checks import SpecError
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.spec.network import SHORTCUT_OPTIONS, VARIANTS, NetworkSpec, rebuilt
from resnet.trace.network import NetworkTrace, trace_network

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


def options(spec: NetworkSpec, conventions: Conventions = DEFAULT) -> tuple[Alternative, ...]:
    """This network with each shortcut option."""
    return tuple(
        _alternative(spec, rebuilt(spec, shortcut_option=option), f"option {option}", OPTIONS[option], conventions)
        for option in SHORTCUT_OPTIONS
    )


def variants(spec: NetworkSpec, conventions: Conventions = DEFAULT) -> tuple[Alternative, ...]:
    """This network in each variant. In basic blocks v1 and v1.5 are the same: there is no middle to stride in."""
    words: dict[str, str] = dict(VARIANT_NAMES)
    if spec.block == "basic":
        words |= {"v1": "stride in the first 3×3", "v1.5": "the same, for basic blocks"}
    return tuple(
        _alternative(spec, rebuilt(spec, variant=variant), variant.replace("d", "D"), words[variant], conventions)
        for variant in VARIANTS
    )


def _alternative(spec: NetworkSpec, other: NetworkSpec, name: str, words: str, conventions: Conventions) -> Alternative:
    try:
        t = trace_network(conventions.built(other))
        return Alternative(name=name, words=words, trace=t, current=other == spec)
    except SpecError:
        return Alternative(name=name, words=words, trace=None, current=False)
