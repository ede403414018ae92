"""The controls of the network page."""

from __future__ import annotations

import streamlit as st

from pages.parts.controls.address import key_of
from pages.parts.controls.notation import notation_switch
from pages.parts.controls.widgets import control, put
from resnet.spec import catalogue
from resnet.spec.catalogue import FAMILIES
from resnet.views.network import NetworkView


def network_controls(view: NetworkView) -> None:
    """Which network, how it is built, and what its picture shows."""
    control(view, "network", on_change=_take_family)
    control(view, "variant")
    control(view, "shortcut_option")
    with st.container(horizontal=True):
        for name in ("height", "width"):
            control(view, name, width=110)
    control(view, "num_classes", width=230)
    control(view, "quantity")
    notation_switch(view, wide=True)


def _take_family() -> None:
    """Another network brings its own defaults."""
    family = FAMILIES[st.session_state[key_of(NetworkView, "network")]]
    names = [one.name for one in catalogue.PARAMETERS if one.name != "network"]
    put(NetworkView, {name: getattr(family, name) for name in names})
