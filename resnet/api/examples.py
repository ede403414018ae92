"""What an address could say, for readers of the documents: each of these is asked by a test."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from resnet.api.answers import Endpoint
from resnet.spec.parameters import Flag, Parameter
from resnet.views.pages import PAGES

# a page -> what is worth saying on it, all of it together; what a parameter's example is, too
SAID: Mapping[str, Mapping[str, str]] = {
    "compare": {"in_channels": "256", "f1": "128", "f2": "128", "f3": "512", "stride": "2", "height": "56"},
    "network": {"network": "resnet50", "variant": "v1.5", "shortcut_option": "B", "quantity": "macs"},
    "model": {"model": "convnext_tiny", "against": "mobilenet_v2", "sum": "3"},
    "signal": {"picture": "cat", "at": "layer1.1", "channel": "18"},
    "story": {"step": "3"},
    "experiments": {"experiment": "lesion", "removed": "layer1.1", "figure": "1"},
}
_TEXTS = {
    "origin": "network=resnet50",
    "chosen": "right.conv1",
    "at": "layer1.0",
    "point": "conv1",
    "removed": "layer1.1",
    "kinds": "plain,B",
    "trained": "plain,B",
    "predicted": "most",
    "score": "",
}


def said(one: Endpoint) -> Mapping[str, str]:
    """The query of an endpoint's example."""
    return SAID.get(one.subject.view.PAGE, {})


def address(one: Endpoint, **more: str) -> str:
    """From ``/api/`` on."""
    query = urlencode({**said(one), **more})
    name = one.path.removeprefix("/api/")
    return f"{name}?{query}" if query else name


def example(page: str, one: Parameter) -> str:
    """A value of one parameter, as an address has it."""
    told = SAID.get(page, {})
    if one.name in told:
        return told[one.name]
    if one.default not in (None, ""):
        return one.takes.write(one.default)
    if one.choices:
        return next(iter(one.choices))
    return "false" if isinstance(one.takes, Flag) else _TEXTS.get(one.name, "1")


# what a number counts or measures
_UNITS = {
    "in_channels": "channels", "f1": "channels", "f2": "channels", "f3": "channels", "kernel_size": "pixels",
    "stride": "pixels", "height": "pixels", "width": "pixels", "groups": "groups", "num_classes": "classes",
    "depth": "layers", "blocks": "blocks", "epochs": "epochs", "seeds": "runs",
}  # fmt: skip
_PLACE = "a place, counted from 1"


def unit(one: Parameter) -> str:
    """Of a parameter that is a number."""
    return _UNITS.get(one.name.removeprefix("left_"), _PLACE)


assert set(SAID) <= {page.name for page in PAGES}, "every page here is one of the pages"
