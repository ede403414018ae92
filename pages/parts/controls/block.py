"""The controls of the comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.parts.controls.address import asked_for
from pages.parts.controls.conventions import chosen, conventions_switch
from pages.parts.controls.shared import choice, following
from resnet.spec.block import (
    MAX_CHANNELS,
    MAX_KERNEL,
    MAX_SIZE,
    MAX_STRIDE,
    PRESETS,
    STRIDE_PLACES,
    BlockSpec,
)
from resnet.spec.checks import SpecError
from resnet.views.compare import CHOSEN, LEFT, LEFT_BLOCKS, POOL, UNFOLDED, ParsedView, View, parse_view

_POWERS = tuple(2**i for i in range(14))  # 1 … 8,192
_OWN = "Your own settings"
_FIELDS = (
    "in_channels", "kernel_size", "stride", "stride_at", "height", "width", "conv_bias", "groups", "pre_activation",
)  # fmt: skip


def current() -> ParsedView:
    """The comparison that is asked for: from the controls, or from the address while there are none yet.

    It is known before any control is drawn, so that the figures can be sent ahead of the controls.
    """
    asked, dropped = parse_view(asked_for("compare"))

    def value(key: str, default: Any) -> Any:
        # a run that was cut short leaves some controls undrawn, and a box that is being edited can be empty
        found = st.session_state.get(key)
        return default if found is None else found

    f1, f2 = (value(f"f{i}", asked.right.filters[i - 1]) for i in (1, 2))
    f3 = value("f3", asked.right.filters[-1])
    basic = value("block", "bottleneck" if asked.right.bottleneck else "basic") == "basic"
    filters = (f1, f2) if basic else (f1, f2, f3)
    fields = {name: value(name, getattr(asked.right, name)) for name in _FIELDS}
    try:
        right = BlockSpec(filters=filters, **fields)
    except SpecError as error:  # the only fields that can contradict each other are groups and filters
        dropped = (*dropped, error)
        right = BlockSpec(filters=filters, **fields | {"groups": 1})
    view = View(
        right=right,
        left_shortcut=value(LEFT, asked.left_shortcut),
        unfolded=value(UNFOLDED, asked.unfolded),
        pool=value(POOL, asked.pool),
        origin=asked.origin,
        chosen=value(CHOSEN, asked.chosen),
        conventions=chosen(asked.conventions),
    ).as_page()
    return ParsedView(view, dropped)


def take_choice(key: str) -> Callable[[], None]:
    """For the sheet with this key: what its reader chooses is what the inspector explains; ``none`` closes it."""

    def take() -> None:
        op = st.session_state[key].chosen
        if op:
            st.session_state[CHOSEN] = "" if op == "none" else op

    return take


def preset_and_fold(view: View) -> None:
    """The block to start from, and how much of it to show."""
    _presets(view.right)
    st.toggle("Show every layer", view.unfolded, key=UNFOLDED)


def block_controls(view: View) -> None:
    """Everything that a block is made of."""
    basic = not view.right.bottleneck
    st.slider("Stride", 1, MAX_STRIDE, view.right.stride, key="stride")
    _channels("in_channels", "Input channels", view)
    for i in (1, 2, 3):
        _channels(f"f{i}", f"Filters F{i}", view, disabled=basic and i == 3)
    st.select_slider("Kernel size f", range(1, MAX_KERNEL + 1, 2), view.right.kernel_size, key="kernel_size")
    with st.container(horizontal=True):
        for name in ("height", "width"):
            _box(name, f"Input {name}", view, MAX_SIZE, width=110)
    with st.popover("More settings", width="stretch"):
        choice("Block", ("bottleneck", "basic"), "basic" if basic else "bottleneck", "block", _BLOCK_HELP)
        choice("Stride in the convolution that is", STRIDE_PLACES, view.right.stride_at, "stride_at", _PLACE_HELP)
        choice("Shortcut of the left block", LEFT_BLOCKS, view.left_shortcut, LEFT, _LEFT_HELP, _LEFT_NAMES.__getitem__)
        st.number_input("Groups of the f×f", 1, MAX_CHANNELS, view.right.groups, key="groups", help=_GROUPS_HELP)
        st.toggle("Average pool in the projection", view.pool, key=POOL, help=_POOL_HELP)
        st.toggle("Pre-activation", view.right.pre_activation, key="pre_activation", help=_PRE_HELP)
        if view.conventions.counting == "keras":  # a toggle of its own: the reader's choice stays in the address
            st.toggle("Convolutions have a bias", True, key="conv_bias_of_keras", help=_BIAS_HELP, disabled=True)
        else:
            st.toggle("Convolutions have a bias", view.right.conv_bias, key="conv_bias", help=_BIAS_HELP)
    conventions_switch(view.conventions, wide=True)


_BLOCK_HELP = "bottleneck: 1×1, f×f, 1×1 (ResNet-50 and deeper); basic: f×f, f×f (ResNet-18 and 34), F3 is not used"
_PLACE_HELP = "first: the paper, Keras and the courses; middle: torchvision. A basic block strides in its first one."
_LEFT_NAMES = {"identity": "identity", "zero_pad": "zero padding", "max_pool": "max-pool"}
_LEFT_HELP = (
    "identity: x as it is; zero padding: every stride-th pixel and new channels of zeros (option A); max-pool: Keras V2"
)
_GROUPS_HELP = "ResNeXt splits the middle convolution of a bottleneck into groups; they must divide F1 and F2."
_POOL_HELP = "ResNet-D: an average pool strides, and the 1×1 after it reads every pixel. No difference at stride 1."
_PRE_HELP = "v2: BatchNorm and ReLU stand in front of each convolution, and nothing follows the addition."
_BIAS_HELP = "Keras keeps a bias in front of BatchNorm, torchvision does not. Counted as Keras does, there is one."


def _box(key: str, label: str, view: View, most: int, *, width: int, disabled: bool = False) -> int:
    asked = int((BlockSpec().to_query() | view.right.to_query())[key])  # a basic block has no F3
    return st.number_input(label, 1, most, asked, key=key, width=width, disabled=disabled)


def _channels(key: str, label: str, view: View, disabled: bool = False) -> None:
    """A number box for any value, and beside it a slider over the powers of two."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        value = _box(key, label, view, MAX_CHANNELS, width=118, disabled=disabled)
        power = following(f"{key}_power", value)
        st.select_slider(
            f"{label}, powers of two",
            sorted({*_POWERS, value}),
            key=power,
            on_change=_take_power,
            args=(key, power),
            label_visibility="collapsed",
            disabled=disabled,
        )


def _take_power(key: str, power: str) -> None:
    st.session_state[key] = st.session_state[power]


def _presets(spec: BlockSpec) -> None:
    names = {preset.spec: preset.name for preset in PRESETS}
    key = following("preset", names.get(spec, _OWN))
    st.selectbox(
        "Block of ResNet-50",
        [preset.name for preset in PRESETS] + [_OWN],
        key=key,
        on_change=_take_preset,
        args=(key,),
    )


def _take_preset(chosen: str) -> None:
    for preset in PRESETS:
        if preset.name == st.session_state[chosen]:
            query = preset.spec.to_query()
            for key in ("in_channels", "f1", "f2", "f3", "kernel_size", "stride", "height", "width"):
                st.session_state[key] = int(query[key])
            st.session_state["block"] = "bottleneck"
            st.session_state["stride_at"] = preset.spec.stride_at
            for key in ("conv_bias", "groups", "pre_activation"):
                st.session_state[key] = getattr(preset.spec, key)
            st.session_state[POOL] = False
