"""The controls: the only place with session state and with keys of the URL.

Every control that says what is shown is in the address under its name in ``resnet.view.KNOWN`` or
``resnet.network_view.NETWORK_KEYS``, so that an address is a view. A bad value in an address is dropped, and
``say_what_was_dropped()`` tells the reader.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from resnet import text
from resnet.answers import answers
from resnet.checks import SpecError, one_of, read_query, unknown_keys
from resnet.families import FAMILIES, MAX_CLASSES, SHORTCUT_OPTIONS, VARIANTS
from resnet.network_diagram import NAMES
from resnet.network_view import DEFAULT_NETWORK, QUANTITIES, NetworkView, ParsedNetworkView, parse_network_view
from resnet.practice import (
    MAX_SEED,
    QUESTIONS,
    WHERE,
    WHY,
    Given,
    PracticeView,
    parse_practice,
)
from resnet.spec import (
    MAX_CHANNELS,
    MAX_KERNEL,
    MAX_SIZE,
    MAX_STRIDE,
    PRESETS,
    STRIDE_PLACES,
    BlockSpec,
)
from resnet.view import CHOSEN, LEFT, LEFT_BLOCKS, POOL, UNFOLDED, ParsedView, View, parse_view

_DEFAULT = BlockSpec()
_DEFAULTS = View(right=_DEFAULT).to_query()
_POWERS = tuple(2**i for i in range(14))  # 1 … 8,192
_OWN = "Your own settings"
_FIELDS = (
    "in_channels", "kernel_size", "stride", "stride_at", "height", "width", "conv_bias", "groups", "pre_activation",
)  # fmt: skip


def current() -> ParsedView:
    """The comparison that is asked for: from the controls, or from the address while there are none yet.

    It is known before any control is drawn, so that the figures can be sent ahead of the controls.
    """
    asked, dropped = parse_view(_address("compare"))

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
    ).as_page()
    return ParsedView(view, dropped)


def take_choice(key: str) -> Callable[[], None]:
    """For the sheet with this key: what its reader chooses is what the inspector explains; ``none`` closes it."""

    def take() -> None:
        chosen = st.session_state[key].chosen
        if chosen:
            st.session_state[CHOSEN] = "" if chosen == "none" else chosen

    return take


def current_network() -> ParsedNetworkView:
    """The network that is asked for: from the controls, or from the address while there are none yet."""
    asked = _address("network")
    chosen = {key: st.session_state.get(widget) for key, widget in _NETWORK_WIDGETS.items()}
    if chosen["network"] not in (None, asked.get("network", DEFAULT_NETWORK)):
        asked.pop("at", None)  # the block of another network
    return parse_network_view(asked | {key: str(value) for key, value in chosen.items() if value is not None})


def _address(page: str) -> dict[str, str]:
    """The address's query; a reader who comes back to a page by its name finds it as it was."""
    query = st.query_params.to_dict()
    if not query and st.session_state.get("page") not in (None, page):
        query = st.session_state.get(f"last {page}", {})
    st.session_state["page"] = page
    return query


def current_question() -> tuple[str, tuple[SpecError, ...]]:
    """The answer that the address names, by its slug; and what the address asked for that is not there."""
    query = _address("answers")
    values, dropped = read_query(query, {"question": one_of([one.slug for one in answers()], "")})
    dropped += unknown_keys(query, ("question",))
    if dropped:
        st.query_params.from_dict({"question": values["question"]} if values["question"] else {})
    return values["question"], tuple(dropped)


def search_box() -> str:
    return str(st.text_input("Find a question", key="words", max_chars=100, width=420))


def current_practice() -> tuple[PracticeView, tuple[SpecError, ...]]:
    return parse_practice(_address("practice"))


def predictions(view: PracticeView) -> Given | None:
    """What a reader says of this block; None until it is said."""
    of_this = f"{view.seed} {view.number}"
    with st.form(f"practice {of_this}", width=620):
        st.markdown("**Shape of F(x)**, what the main path gives")
        with st.container(horizontal=True):
            height, width, channels = (
                st.number_input(name, 1, most, None, key=f"{name} {of_this}", width=150)
                for name, most in (("Height", MAX_SIZE), ("Width", MAX_SIZE), ("Channels", MAX_CHANNELS))
            )
        why = st.radio("Is a projection needed?", list(WHY), None, format_func=WHY.get, key=f"why {of_this}")
        params = st.number_input(
            "Parameters of a projection there: 1×1 convolution without bias, and BatchNorm’s γ and β",
            0, None, None, key=f"params {of_this}",
        )  # fmt: skip
        label = "With an identity shortcut, where would torch stop with a shape error?"
        where = st.radio(label, list(WHERE), None, format_func=WHERE.get, key=f"where {of_this}")
        sent = st.form_submit_button("Look")
    said = (height, width, channels, why, params, where)
    first = f"first {of_this}"  # who has looked can no longer predict
    if sent and first not in st.session_state:
        if None in said:
            st.info("Predict all of it first: a guess is enough.")
        else:
            st.session_state[first] = said
    return Given(*st.session_state[first]) if first in st.session_state else None


def next_question(view: PracticeView, right: bool) -> None:
    st.button("Next block" if view.number < QUESTIONS else "Summary", on_click=_go, args=(view.next(right),))


def new_practice(view: PracticeView) -> None:
    st.button("Ten other blocks", on_click=_go, args=(PracticeView(seed=view.seed % MAX_SEED + 1),))


def _go(view: PracticeView) -> None:
    st.query_params.from_dict(view.to_query())
    st.session_state["last practice"] = view.to_query()


def keep_in_address(view: View | NetworkView | PracticeView) -> None:
    """Write the whole view into the address, but for what is at its default.

    By hand and at once, not by Streamlit's ``bind=``: a bound box takes the address's value in a message of its own and
    in 1.67 loses it in about one load of ten, and two writers of one address undo each other under load.
    """
    defaults = _DEFAULTS if isinstance(view, View) else {}
    wanted = {key: value for key, value in view.to_query().items() if defaults.get(key) != value}
    page = {View: "compare", NetworkView: "network", PracticeView: "practice"}[type(view)]
    st.session_state[f"last {page}"] = wanted
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
        st.number_input("Groups of the f×f", 1, MAX_CHANNELS, view.right.groups, key="groups", help=_GROUPS_HELP)
        st.toggle("Average pool in the projection", view.pool, key=POOL, help=_POOL_HELP)
        st.toggle("Pre-activation", view.right.pre_activation, key="pre_activation", help=_PRE_HELP)
        st.toggle("Convolutions have a bias", view.right.conv_bias, key="conv_bias", help=_BIAS_HELP)


_BLOCK_HELP = "bottleneck: 1×1, f×f, 1×1 (ResNet-50 and deeper); basic: f×f, f×f (ResNet-18 and 34), F3 is not used"
_PLACE_HELP = "first: the paper, Keras and the courses; middle: torchvision. A basic block strides in its first one."
_LEFT_HELP = (
    "identity: x as it is; zero_pad: every stride-th pixel and new channels of zeros (option A); max_pool: Keras V2"
)
_GROUPS_HELP = "ResNeXt splits the middle convolution of a bottleneck into groups; they must divide F1 and F2."
_POOL_HELP = "ResNet-D: an average pool strides, and the 1×1 after it reads every pixel. No difference at stride 1."
_PRE_HELP = "v2: BatchNorm and ReLU stand in front of each convolution, and nothing follows the addition."
_BIAS_HELP = "Keras keeps a bias in front of BatchNorm, torchvision does not."


def let_the_picture_out() -> None:
    """Wait until the browser has drawn what was sent so far. Called between the figures and everything else.

    The thread that sends shares the interpreter with this one, and the browser draws what arrives together only when it
    has laid out all of it: controls and charts would hold the figures up (bench/page.py has what it is worth).
    A change that comes meanwhile ends this run at the next element, so a slider that is dragged redraws figures alone.
    """
    time.sleep(0.08)


def say_what_was_dropped(dropped: Sequence[SpecError]) -> None:
    """What was asked for and can't be had. It leaves the address as soon as the view is written there."""
    if dropped:
        lines = [f"- `{str(error).replace('`', ' ')}`" for error in dropped]  # code: no markup takes effect in it
        st.warning("Not everything that was asked for could be used:\n" + "\n".join(lines))


def network_controls(view: NetworkView) -> None:
    """Which network, how it is built, and what its picture shows."""
    spec = view.spec
    st.selectbox(
        "Network",
        list(FAMILIES),
        list(FAMILIES).index(spec.name),
        key="network",
        format_func=lambda name: text.network_name(name) + (" V2" if name.endswith("v2") else ""),
        on_change=_take_family,
    )
    _choice("Variant", VARIANTS, spec.variant, "variant", _VARIANT_HELP)
    _choice("Shortcut option", SHORTCUT_OPTIONS, spec.shortcut_option, "shortcut_option", _OPTION_HELP)
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
        format_func=lambda name: NAMES[name].capitalize(),
    )


_VARIANT_HELP = (
    "v1: stride in the first 1×1 (paper, Keras). v1.5: in the 3×3 (torchvision). "
    "d: v1.5 with an average pool in the projection and a deep stem. v2: pre-activation."
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


def _box(key: str, label: str, view: View, most: int, *, width: int, disabled: bool = False) -> int:
    asked = int(view.to_query().get(key, _DEFAULTS[key]))
    return st.number_input(label, 1, most, asked, key=key, width=width, disabled=disabled)


def _channels(key: str, label: str, view: View, disabled: bool = False) -> None:
    """A number box for any value, and beside it a slider over the powers of two."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        value = _box(key, label, view, MAX_CHANNELS, width=118, disabled=disabled)
        power = _following(f"{key}_power", value)
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


def _following(name: str, value: object) -> str:
    """The key of a control that shows what others say, and can be used to choose as well.

    When another control has changed the value, it becomes a new control, with a new key: a message that the browser
    sent before it knew of the change would otherwise be taken for a choice of the old value, and undo the change.
    """
    counter = f"{name} renewed"
    key = f"{name}_{st.session_state.get(counter, 0)}"
    if st.session_state.get(key, value) != value:
        st.session_state[counter] = st.session_state.get(counter, 0) + 1
        key = f"{name}_{st.session_state[counter]}"
    st.session_state[key] = value
    return key


def _choice(label: str, options: tuple[str, ...], default: str, key: str, help_text: str) -> str:
    chosen = st.segmented_control(label, options, default=default, key=key, help=help_text, required=True)
    return chosen or default


def _presets(spec: BlockSpec) -> None:
    names = {preset.spec: preset.name for preset in PRESETS}
    key = _following("preset", names.get(spec, _OWN))
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
