"""What there is to say of the whole; each limit is read from where it is enforced."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pages.parts.html as every_page
from pages.parts.html.part import Part
from pages.parts.html.templates import part
from pages.parts.watch import RUNS_A_MINUTE
from resnet.api.limits import OF_REQUESTS, Limit
from resnet.cache import every
from resnet.lessons import about
from resnet.models import onnx_limits
from resnet.run import picture, work
from resnet.run.local import LocalQueue
from resnet.run.runs import MOST_WAITING
from resnet.spec import block, network
from resnet.spec.names import VERSION
from resnet.views import signal


class Group(NamedTuple):
    title: str
    limits: tuple[Limit, ...]


def opening() -> tuple[Part, ...]:
    shown = part(
        "about",
        "about/opening.html",
        what=about.WHAT,
        privacy=about.PRIVACY,
        version=VERSION,
        citation=about.citation(),
    )
    return (shown,)


def limits() -> tuple[Part, ...]:
    """Those in force now: what the caches hold changes while one reads."""
    return (part("about limits left", "about/limits.html", groups=(*_fixed(), _caches())),)


def sources() -> tuple[Part, ...]:
    shown = part(
        "about sources right",
        "about/sources.html",
        papers=about.PAPERS,
        shipped=about.SHIPPED,
        libraries=about.libraries(),
    )
    return (shown,)


@cache
def _fixed() -> tuple[Group, ...]:
    return (
        Group("A block, a network", (
            Limit("channels, filters", f"{block.MAX_CHANNELS:,}"),
            Limit("a side of the input", f"{block.MAX_SIZE:,} pixels"),
            Limit("a side of the kernel", f"{block.MAX_KERNEL} pixels"),
            Limit("stride", f"{block.MAX_STRIDE} pixels"),
            Limit("blocks in a stage", f"{network.MAX_BLOCKS}"),
            Limit("classes", f"{network.MAX_CLASSES:,}"),
        )),
        Group("What you bring along", (
            Limit("a graph without its weights", f"{onnx_limits.MAX_STRIPPED:,} bytes"),
            Limit("operations in it", f"{onnx_limits.MAX_NODES:,}"),
            Limit("a picture", f"{picture.MAX_BYTES / 1e6:.0f} MB"),
            Limit("a side of it", f"{picture.MAX_SIDE:,} pixels"),
            Limit("multiply-adds that it runs through", f"{signal.MOST_MACS:,}"),
        )),
        Group("Runs that take longer than a second", (
            Limit("runs that wait", f"{_of_queue('waiting'):.0f}"),
            Limit("of one reader", f"{MOST_WAITING}"),
            Limit("how long one may take", f"{_of_queue('longest_seconds') / 60:.0f} minutes"),
            Limit("kinds of network in a training", f"{work.MOST_KINDS}"),
            Limit("epochs", f"{work.MOST_EPOCHS}"),
            Limit("seeds", f"{work.MOST_SEEDS}"),
        )),
        Group("A page that is open", (Limit("changes in a minute; then it takes its time", f"{RUNS_A_MINUTE:,}"),)),
        Group("Figures, tables and files over HTTP", OF_REQUESTS),
    )  # fmt: skip


def _of_queue(name: str) -> float:
    return float(inspect.signature(LocalQueue).parameters[name].default)


def _caches() -> Group:
    _load()
    infos = every().values()
    most, held = (sum(getattr(one, name) for one in infos) / 1e6 for name in ("maxsize", "currsize"))
    return Group("What is remembered, so that it is not made again", (
        Limit(f"{len(infos)} caches together, in each process", f"{most:,.0f} MB"),
        Limit("held now by the one that answers you", f"{held:,.0f} MB"),
    ))  # fmt: skip


@cache
def _load() -> None:
    """Every page's module, so that no cache is left out because nobody has been there."""
    for name in _modules():
        importlib.import_module(name)


def _modules() -> Iterator[str]:
    for one in pkgutil.iter_modules(every_page.__path__):
        yield f"{every_page.__name__}.{one.name}"
    yield "pages.parts.component.sheet"
