"""The controls: the only place with session state and with keys of the URL.

Every control that says what is shown is in the address under its name in ``resnet.view.KNOWN``, so that an address is
a view. A bad value in an address is dropped, and ``say_what_was_dropped()`` tells the reader.
"""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from resnet.spec import (
    MAX_CHANNELS,
    MAX_KERNEL,
    MAX_SIZE,
    MAX_STRIDE,
    PRESETS,
    STRIDE_PLACES,
    BlockSpec,
)
from resnet.view import LEFT, LEFT_BLOCKS, UNFOLDED, View, parse_view

_DEFAULT = BlockSpec()
_DEFAULTS = View(right=_DEFAULT).to_query()
_POWERS = tuple(2**i for i in range(14))  # 1 … 8,192
_OWN = "Your own settings"
_FIELDS = ("in_channels", "kernel_size", "stride", "stride_at", "height", "width", "conv_bias")


def current() -> View:
    """The view that is asked for: from the controls, or from the address while there are none yet.

    It is known before any control is drawn, so that the figures can be sent ahead of the controls.
    """
    asked = parse_view(st.query_params.to_dict()).view

    def value(key: str, default: Any) -> Any:
        # a run that was cut short leaves some controls undrawn, and a box that is being edited can be empty
        found = st.session_state.get(key)
        return default if found is None else found

    f1, f2 = (value(f"f{i}", asked.right.filters[i - 1]) for i in (1, 2))
    f3 = value("f3", asked.right.filters[-1])
    basic = value("block", "bottleneck" if asked.right.bottleneck else "basic") == "basic"
    right = BlockSpec(
        filters=(f1, f2) if basic else (f1, f2, f3),
        **{name: value(name, getattr(asked.right, name)) for name in _FIELDS},
    )
    return View(
        right=right,
        left_shortcut=value(LEFT, asked.left_shortcut),
        unfolded=value(UNFOLDED, asked.unfolded),
    ).as_page()


def keep_in_address(view: View) -> None:
    """Write the whole view into the address, but for what is at its default.

    By hand and at once, not by Streamlit's ``bind=``: a bound box takes the address's value in a message of its own and
    in 1.67 loses it in about one load of ten, and two writers of one address undo each other under load.
    """
    wanted = {key: value for key, value in view.to_query().items() if _DEFAULTS.get(key) != value}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


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
        _choice("Block", ("bottleneck", "basic"), "basic" if basic else "bottleneck", "block", _BLOCK_HELP)
        _choice("Stride in the convolution that is", STRIDE_PLACES, view.right.stride_at, "stride_at", _PLACE_HELP)
        _choice("Shortcut of the left block", LEFT_BLOCKS, view.left_shortcut, LEFT, _LEFT_HELP)
        st.toggle("Convolutions have a bias", view.right.conv_bias, key="conv_bias", help=_BIAS_HELP)


_BLOCK_HELP = "bottleneck: 1×1, f×f, 1×1 (ResNet-50 and deeper); basic: f×f, f×f (ResNet-18 and 34), F3 is not used"
_PLACE_HELP = "first: the paper, Keras and the courses; middle: torchvision. A basic block strides in its first one."
_LEFT_HELP = "identity: x as it is; zero_pad: every stride-th pixel and new channels of zeros (option A of the paper)"
_BIAS_HELP = "Keras keeps a bias in front of BatchNorm, torchvision does not."


def let_the_picture_out() -> None:
    """Wait until the browser has drawn what was sent so far. Called between the figures and everything else.

    The thread that sends shares the interpreter with this one, and the browser draws what arrives together only when it
    has laid out all of it: controls and charts would hold the figures up (bench/page.py has what it is worth).
    A change that comes meanwhile ends this run at the next element, so a slider that is dragged redraws figures alone.
    """
    time.sleep(0.08)


def say_what_was_dropped() -> None:
    """What the address asked for and can't be had. It leaves the address as soon as the view is written there."""
    dropped = parse_view(st.query_params.to_dict()).dropped
    if dropped:
        lines = [f"- `{str(error).replace('`', ' ')}`" for error in dropped]  # code: no markup takes effect in it
        st.warning("Not everything in this address could be used:\n" + "\n".join(lines))


def _box(key: str, label: str, view: View, most: int, *, width: int, disabled: bool = False) -> int:
    asked = int(view.to_query().get(key, _DEFAULTS[key]))
    return st.number_input(label, 1, most, asked, key=key, width=width, disabled=disabled)


def _channels(key: str, label: str, view: View, disabled: bool = False) -> None:
    """A number box for any value, and beside it a slider over the powers of two."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        value = _box(key, label, view, MAX_CHANNELS, width=118, disabled=disabled)
        power = f"{key}_power"
        st.session_state[power] = value
        st.select_slider(
            f"{label}, powers of two",
            sorted({*_POWERS, value}),
            key=power,
            on_change=_take_power,
            args=(key,),
            label_visibility="collapsed",
            disabled=disabled,
        )


def _take_power(key: str) -> None:
    st.session_state[key] = st.session_state[f"{key}_power"]


def _choice(label: str, options: tuple[str, ...], default: str, key: str, help_text: str) -> str:
    chosen = st.segmented_control(label, options, default=default, key=key, help=help_text, required=True)
    return chosen or default


def _presets(spec: BlockSpec) -> None:
    names = {preset.spec: preset.name for preset in PRESETS}
    st.session_state["preset"] = names.get(spec, _OWN)
    st.selectbox(
        "Block of ResNet-50",
        [preset.name for preset in PRESETS] + [_OWN],
        key="preset",
        on_change=_take_preset,
    )


def _take_preset() -> None:
    for preset in PRESETS:
        if preset.name == st.session_state["preset"]:
            query = preset.spec.to_query()
            for key in ("in_channels", "f1", "f2", "f3", "kernel_size", "stride", "height", "width"):
                st.session_state[key] = int(query[key])
            st.session_state["block"] = "bottleneck"
            st.session_state["stride_at"] = preset.spec.stride_at
            st.session_state["conv_bias"] = preset.spec.conv_bias
