"""The same network built otherwise: shortcut options A, B, C and the variants, with what each costs."""

from __future__ import annotations

from dataclasses import dataclass

from resnet.spec.catalogue import rebuilt
from resnet.spec.conventions import DEFAULT, Conventions
from resnet.spec.errors import SpecError
from resnet.spec.network import SHORTCUT_OPTIONS, VARIANTS, NetworkSpec
from resnet.trace.network import InputTooSmall, NetworkTrace, trace_network


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """``trace`` is None where the network can't be built this way; ``problem`` then says why."""

    name: str
    words: str
    trace: NetworkTrace | None
    current: bool
    problem: str = ""


def options(spec: NetworkSpec, conventions: Conventions = DEFAULT) -> tuple[Alternative, ...]:
    """This network with each shortcut option."""
    return tuple(
        _alternative(spec, rebuilt(spec, shortcut_option=one.key), f"option {one.key}", one.words, conventions)
        for one in SHORTCUT_OPTIONS.values()
    )


def variants(spec: NetworkSpec, conventions: Conventions = DEFAULT) -> tuple[Alternative, ...]:
    """This network in each variant. In basic blocks v1 and v1.5 are the same: there is no middle to stride in."""
    return tuple(
        _alternative(
            spec,
            rebuilt(spec, variant=one.key),
            one.name,
            one.basic if spec.block == "basic" else one.words,
            conventions,
        )
        for one in VARIANTS.values()
    )


def _alternative(spec: NetworkSpec, other: NetworkSpec, name: str, words: str, conventions: Conventions) -> Alternative:
    try:
        t = trace_network(conventions.built(other))
        return Alternative(name=name, words=words, trace=t, current=other == spec)
    except InputTooSmall:
        problem = "the input is too small for it"
    except SpecError:
        problem = "padding can’t take channels away"
    return Alternative(name=name, words=words, trace=None, current=False, problem=problem)
