"""Remembering what was made, within so many bytes.

    @remembered(megabytes=8)
    def drawing(spec: BlockSpec) -> str: ...

What was used least recently is forgotten first. cachetools keeps the order and the sum; this module says what a value
weighs, together with what it was asked for, which is kept as well. Only for functions whose arguments are hashable and
whose values never change.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from typing import Any, NamedTuple, ParamSpec, Protocol, TypeVar, cast
from weakref import WeakSet

from cachetools import LRUCache, cached
from cachetools.keys import hashkey

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class Info(NamedTuple):
    """As of ``functools.lru_cache``, the sizes in bytes."""

    hits: int
    misses: int
    maxsize: int
    currsize: int


class Remembered(Protocol[P, R_co]):
    """A function that remembers."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    def cache_info(self) -> Info: ...

    def cache_clear(self) -> None: ...

    def known(self, *args: P.args, **kwargs: P.kwargs) -> R_co | None:
        """What is remembered; None, and nothing is made, if it is not."""

    def anew(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Made again, and not remembered."""


_every: WeakSet[Any] = WeakSet()  # functions that remember


def every() -> Mapping[str, Info]:
    """What each of them has, by the name of its function; those of one name together."""
    found: dict[str, Info] = {}
    for one in list(_every):
        name = f"{one.__module__}.{one.__qualname__}".removeprefix("resnet.")
        info = one.cache_info()
        found[name] = Info(*map(sum, zip(found.get(name, (0, 0, 0, 0)), info, strict=True)))
    return dict(sorted(found.items()))


def remembered(*, megabytes: float) -> Callable[[Callable[P, R_co]], Remembered[P, R_co]]:
    """A decorator, to be used as ``functools.lru_cache`` is."""
    kept, lock = _Kept(int(megabytes * 1_000_000), getsizeof=weight), threading.RLock()

    def known(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return kept.get(hashkey(*args, **kwargs))

    def remembering(function: Callable[P, R_co]) -> Any:
        found: Any = cached(kept, lock=lock, info=True)(function)
        found.known, found.anew = known, function
        _every.add(found)
        return found

    return cast("Callable[[Callable[P, R_co]], Remembered[P, R_co]]", remembering)


class _Kept(LRUCache[Any, Any]):
    """Of a value alone cachetools asks the size; a key can weigh more, so the two are kept and weighed together."""

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, (key, value))

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key)[1]


def weight(value: object) -> int:
    """Bytes that a frozen value takes with everything in it, what is shared counted each time: rather too many."""
    size, waiting = 0, [value]
    while waiting:  # and no recursion: this is asked of every value that is made
        one = waiting.pop()
        size += sys.getsizeof(one)
        if type(one) in _PLAIN:
            continue
        if isinstance(one, (tuple, list, frozenset)):
            waiting.extend(one)
        elif isinstance(one, dict):
            waiting.extend(one)
            waiting.extend(one.values())
        elif is_dataclass(one):
            waiting.extend(vars(one).values())
    return size


_PLAIN = frozenset((str, bytes, int, float, bool, type(None)))
