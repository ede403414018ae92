"""The controls of the network page."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.parts.controls.address import asked_for
from pages.parts.controls.conventions import chosen, conventions_switch
from pages.parts.controls.shared import choice
from resnet.spec import names
from resnet.spec.block import MAX_SIZE
from resnet.spec.network import FAMILIES, MAX_CLASSES, SHORTCUT_OPTIONS, VARIANTS
from resnet.views.network import DEFAULT_NETWORK, QUANTITIES, NetworkView, ParsedNetworkView, parse_network_view


def current_network() -> ParsedNetworkView:
    """The network that is asked for: from the controls, or from the address while there are none yet."""
    asked = asked_for("network")
    values = {key: st.session_state.get(widget) for key, widget in _NETWORK_WIDGETS.items()}
    if values["network"] not in (None, asked.get("network", DEFAULT_NETWORK)):
        asked.pop("at", None)  # the block of another network
    view, dropped = parse_network_view(asked | {key: str(one) for key, one in values.items() if one is not None})
    return ParsedNetworkView(replace(view, conventions=chosen(view.conventions)), dropped)


def network_controls(view: NetworkView) -> None:
    """Which network, how it is built, and what its picture shows."""
    spec = view.spec
    st.selectbox(
        "Network",
        list(FAMILIES),
        list(FAMILIES).index(spec.name),
        key="network",
        format_func=lambda name: names.network_name(name) + (" V2" if name.endswith("v2") else ""),
        on_change=_take_family,
    )
    choice("Variant", VARIANTS, spec.variant, "variant", _VARIANT_HELP, lambda one: one.replace("d", "D"))
    choice("Shortcut option", SHORTCUT_OPTIONS, spec.shortcut_option, "shortcut_option", _OPTION_HELP)
    with st.container(horizontal=True):
        for name in ("height", "width"):
            asked = int(getattr(spec, name))
            st.number_input(f"Input {name}", 1, MAX_SIZE, asked, key=_NETWORK_WIDGETS[name], width=110)
    st.number_input("Classes", 1, MAX_CLASSES, spec.num_classes, key="num_classes", width=230)
    st.selectbox(
        "The picture shows",
        QUANTITIES,
        QUANTITIES.index(view.quantity),
        key="quantity",
        format_func=lambda name: _QUANTITY_NAMES[name],
    )
    conventions_switch(view.conventions, wide=True)


# the same whatever the unit: a choice whose name changes is taken for another choice
_QUANTITY_NAMES = {
    "params": "Parameters",
    "macs": "Multiply-adds, FLOPs",
    "activation_bytes": "Activation memory",
    "receptive_field": "Receptive field",
}
_VARIANT_HELP = (
    "v1: stride in the first 1×1 (paper, Keras). v1.5: in the 3×3 (torchvision). "
    "D: v1.5 with an average pool in the projection and a deep stem. v2: pre-activation."
)
_OPTION_HELP = (
    "Where dimensions change — A: zero padding; B: projection. C: a projection in every block. (He et al. 2015, §4.1)"
)
_NETWORK_WIDGETS = {  # a key of the address -> the control's; sizes share their names with the other page's
    "network": "network", "variant": "variant", "shortcut_option": "shortcut_option", "height": "network_height",
    "width": "network_width", "num_classes": "num_classes", "quantity": "quantity",
}  # fmt: skip


def _take_family() -> None:
    family = FAMILIES[st.session_state["network"]]
    for key in ("variant", "shortcut_option", "height", "width", "num_classes"):
        st.session_state[_NETWORK_WIDGETS[key]] = getattr(family, key)
