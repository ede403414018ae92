"""The controls of the comparison."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.parts.controls.address import key_of
from pages.parts.controls.notation import notation_switch
from pages.parts.controls.widgets import chosen_now, control, folded, late, put, renewals, renewed_key
from resnet.spec.block import MAX_CHANNELS, BlockSpec
from resnet.spec.catalogue import PRESETS
from resnet.spec.parameters import by_name
from resnet.views.compare import LEFT_OWN, CompareView

_POWERS = tuple(2**i for i in range(MAX_CHANNELS.bit_length()))  # 1 … 8,192
_OWN = "Your own settings"


def take_choice(sheet: str) -> Callable[[], None]:
    """For the sheet with this key: what its reader chooses is what the inspector explains; ``none`` closes it."""

    def take() -> None:
        op = st.session_state[sheet].chosen
        if op:
            put(CompareView, {"chosen": "" if op == "none" else op})

    return take


def block_controls(view: CompareView) -> None:
    """The block to start from, everything that it is made of, and how much of it to show."""
    _presets(view.right)
    control(view, "stride")
    for name in ("in_channels", "f1", "f2", "f3"):
        _channels(view, name, disabled=name == "f3" and not view.right.bottleneck)
    control(view, "kernel_size")
    with st.container(horizontal=True):
        for name in ("height", "width"):
            control(view, name, width=110)
    control(view, "unfolded")
    with folded("More settings", key="more_settings") as is_open:
        if is_open:
            _rarer_controls(view)
    if view.left_own:
        _left_controls(view.left_own.bottleneck, view)
    notation_switch(view, wide=True)


def _rarer_controls(view: CompareView) -> None:
    control(view, "link", on_change=_unlock, args=(view.right,))
    for name in ("left", "right", "block", "stride_at", "groups", "depthwise", "linear", "pre_activation"):
        control(view, name)
    if view.conventions.counts.biases:  # a toggle of its own: the reader's choice stays in the address
        bias = by_name(CompareView.PARAMETERS)["conv_bias"]
        st.toggle(bias.label, True, key="bias_as_counted", help=bias.words, disabled=True)
    else:
        control(view, "conv_bias")


def _left_controls(bottleneck: bool, view: CompareView) -> None:
    with folded("Left block", key="left_settings") as is_open:
        if is_open:
            for one in LEFT_OWN:
                control(view, one.name, disabled=one.name == "left_f3" and not bottleneck)


def _unlock(right: BlockSpec) -> None:
    """The left block begins as it was."""
    own = {one.name for one in LEFT_OWN}
    values = {f"left_{name}": value for name, value in right.values().items()}
    put(CompareView, {name: value for name, value in values.items() if name in own})


def _channels(view: CompareView, name: str, disabled: bool) -> None:
    """A number box for any value, and beside it a slider over the powers of two."""
    key = key_of(CompareView, name)
    one = by_name(CompareView.PARAMETERS)[name]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        control(view, name, width=118, disabled=disabled)
        value = st.session_state[key]
        power = renewed_key(_power(key), value)
        st.select_slider(
            f"{one.label}, powers of two",
            sorted({*_POWERS, value}),
            value,
            key=power,
            on_change=_take_power,
            args=(key, power),
            label_visibility="collapsed",
            disabled=disabled,
        )
        late(power, value, _take_power, (key, power))


def _power(key: str) -> str:
    return f"{key}_power"


HELD = renewals("preset", *(_power(key_of(CompareView, name)) for name in ("in_channels", "f1", "f2", "f3")))


def _take_power(key: str, power: str) -> None:
    value = chosen_now(_power(key), power)
    if value is not None:
        st.session_state[key] = value


def _presets(spec: BlockSpec) -> None:
    names = {preset.spec: preset.name for preset in PRESETS}
    offered, now = [preset.name for preset in PRESETS] + [_OWN], names.get(spec, _OWN)
    key = renewed_key("preset", now)
    st.selectbox("Block of ResNet-50", offered, offered.index(now), key=key, on_change=_take_preset, args=(key,))
    late(key, now, _take_preset, (key,))


def _take_preset(key: str) -> None:
    chosen = chosen_now("preset", key)
    for preset in PRESETS:
        if preset.name == chosen:
            values = preset.spec.values()
            put(CompareView, values | {"right": values.pop("shortcut")})
