"""The controls: the only place with session state and with keys of the URL.

Every control that says what is shown is bound to the URL under the names of ``resnet.spec.QUERY_KEYS``, so that an
address is a view. A bad value in an address is dropped, and ``dropped()`` says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from resnet.api import KNOWN, LEFT, UNFOLDED
from resnet.spec import (
    MAX_CHANNELS,
    MAX_KERNEL,
    MAX_SIZE,
    MAX_STRIDE,
    PRESETS,
    STRIDE_PLACES,
    BlockSpec,
    SpecError,
    parse_query,
)

_DEFAULT = BlockSpec()
_POWERS = tuple(2**i for i in range(14))  # 1 … 8,192
_OWN = "Your own settings"
_LEFT_BLOCKS = ("identity", "zero_pad")
_BIND = "query-params"


@dataclass(frozen=True, kw_only=True)
class View:
    """What the reader asked for: the block on the right; the left one is the same with another shortcut."""

    right: BlockSpec
    left: BlockSpec
    unfolded: bool

    @property
    def query(self) -> dict[str, str]:
        """The view's own query parameters, for links."""
        query = self.right.to_query()
        del query["shortcut"]
        return query | {LEFT: self.left.shortcut, UNFOLDED: str(self.unfolded).lower()}


def controls(top: DeltaGenerator, side: DeltaGenerator) -> View:
    """Lay out every control, the preset above, the rest at the side, and read the view from them."""
    with side:
        stride = st.slider("Stride", 1, MAX_STRIDE, key="stride", bind=_BIND)
        in_channels = _channels("in_channels", "Input channels", _DEFAULT.in_channels)
        basic = st.session_state.get("block", "bottleneck") == "basic"
        filters = tuple(
            _channels(f"f{i}", f"Filters F{i}", n, disabled=basic and i == 3)
            for i, n in enumerate(_DEFAULT.filters, start=1)
        )
        kernel_size = st.select_slider(
            "Kernel size f", range(1, MAX_KERNEL + 1, 2), value=_DEFAULT.kernel_size, key="kernel_size", bind=_BIND
        )
        with st.container(horizontal=True):
            height, width = (
                st.number_input(f"Input {name}", 1, MAX_SIZE, getattr(_DEFAULT, name), key=name, bind=_BIND, width=110)
                for name in ("height", "width")
            )
        with st.expander("More settings"):
            block = _choice("Block", ("bottleneck", "basic"), "bottleneck", "block", _BLOCK_HELP)
            stride_at = _choice("Stride in the convolution that is", STRIDE_PLACES, "middle", "stride_at", _PLACE_HELP)
            shortcut = _choice("Shortcut of the left block", _LEFT_BLOCKS, "identity", LEFT, _LEFT_HELP)
            conv_bias = st.toggle("Convolutions have a bias", key="conv_bias", bind=_BIND, help=_BIAS_HELP)
    right = BlockSpec(
        in_channels=in_channels,
        filters=filters[:2] if block == "basic" else filters,
        kernel_size=kernel_size,
        stride=stride,
        stride_at=stride_at,
        height=height,
        width=width,
        conv_bias=conv_bias,
    )
    with top:
        _presets(right)
        unfolded = st.toggle("Show every layer", key=UNFOLDED, bind=_BIND)
    return View(right=right, left=replace(right, shortcut=shortcut), unfolded=unfolded)


_BLOCK_HELP = "bottleneck: 1×1, f×f, 1×1 (ResNet-50 and deeper); basic: f×f, f×f (ResNet-18 and 34), F3 is not used"
_PLACE_HELP = "first: the paper, Keras and the courses; middle: torchvision. A basic block strides in its first one."
_LEFT_HELP = "identity: x as it is; zero_pad: every stride-th pixel and new channels of zeros (option A of the paper)"
_BIAS_HELP = "Keras keeps a bias in front of BatchNorm, torchvision does not."


def dropped() -> tuple[SpecError, ...]:
    """What the address asked for and can't be had."""
    query = st.query_params.to_dict()
    errors = list(parse_query(query).dropped)
    errors += [SpecError("a parameter", key, "one of " + ", ".join(KNOWN)) for key in query if key not in KNOWN]
    for key, allowed in ((UNFOLDED, ("true", "false")), (LEFT, _LEFT_BLOCKS)):
        if query.get(key, allowed[0]).lower() not in allowed:
            errors.append(SpecError(key, query[key], " or ".join(allowed)))
    return tuple(errors)


def _channels(key: str, label: str, default: int, disabled: bool = False) -> int:
    """A number box for any value, and beside it a slider over the powers of two."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        value = st.number_input(
            label, 1, MAX_CHANNELS, default, key=key, bind=_BIND, width=118, disabled=disabled
        )
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
    return value


def _take_power(key: str) -> None:
    st.session_state[key] = st.session_state[f"{key}_power"]


def _choice(label: str, options: tuple[str, ...], default: str, key: str, help_text: str) -> str:
    chosen = st.segmented_control(
        label, options, default=default, key=key, bind=_BIND, help=help_text, required=True
    )
    return chosen or default


def _presets(spec: BlockSpec) -> None:
    names = {preset.spec: preset.name for preset in PRESETS}
    st.session_state["preset"] = names.get(spec, _OWN)
    st.selectbox(
        "Block of ResNet-50",
        [preset.name for preset in PRESETS] + [_OWN],
        key="preset",
        on_change=_take_preset,
        width=360,
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
