"""The controls of the experiments: which one, what is expected, its settings, and the runs that take a while."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.parts.controls.address import go_to, is_query, key_of
from pages.parts.controls.widgets import chosen_now, control, late, renewals, renewed_key
from resnet.lessons.experiments import EXPERIMENTS, state
from resnet.lessons.experiments.place import BETAS, SHORT
from resnet.lessons.experiments.shattered import BATCHNORM
from resnet.run.family import KINDS
from resnet.run.jobs import LOST, State, queue
from resnet.run.lesion import removable
from resnet.spec.errors import SpecError
from resnet.spec.parameters import by_name
from resnet.views.experiments import ExperimentsView
from resnet.views.pages import parse

_LEFT, _FULL = "experiments as they were left", "why a run was not taken"
_READER = "who asks for runs"
_ASKED, _MANY = "runs asked for", 20
DRAGGED = 100  # values: layers, blocks, epochs are dragged through
_POLL = 0.7  # seconds from one look at a run to the next


def _are_views(said: object) -> bool:
    return isinstance(said, dict) and set(said) <= {*EXPERIMENTS} and all(map(is_query, said.values()))


def _are_keys(said: object) -> bool:
    return isinstance(said, list) and len(said) <= _MANY + 1 and all(isinstance(one, str) for one in said)


HELD = {_LEFT: _are_views, _ASKED: _are_keys} | renewals("experiment", "kinds", "trained")


def choose_experiment(view: ExperimentsView) -> None:
    """Five names. Whoever comes back to an experiment finds it as it was left, with what was predicted."""
    st.session_state.setdefault(_LEFT, {})[view.experiment] = view.to_query()
    key = renewed_key("experiment", view.experiment)
    names = {one.key: one.name for one in EXPERIMENTS.values()}
    st.segmented_control(
        "Experiment", list(names), format_func=lambda one: names[one], default=view.experiment, required=True, key=key,
        on_change=_take_experiment, args=(view, key), label_visibility="collapsed",
    )  # fmt: skip
    late(key, view.experiment, _take_experiment, (view, key))


def _take_experiment(view: ExperimentsView, key: str) -> None:
    chosen = chosen_now("experiment", key)
    if chosen:
        left = st.session_state[_LEFT].get(chosen) or {"experiment": str(chosen)}
        go_to(replace(parse(ExperimentsView, left).view, conventions=view.conventions))


def predict(view: ExperimentsView) -> None:
    """What a reader expects; the answer comes at once."""
    key, predictions = f"prediction {view.experiment}", EXPERIMENTS[view.experiment].predictions

    def take() -> None:
        go_to(replace(view, predicted=st.session_state[key]))

    st.radio(
        "What do you expect?", list(predictions), None, format_func=lambda one: predictions[one], key=key,
        on_change=take,
    )  # fmt: skip
    late(key, None, take)


def predict_again(view: ExperimentsView) -> None:
    st.button("Predict again", key="again", on_click=go_to, args=(replace(view, predicted=""),))


def take_block(view: ExperimentsView) -> Callable[[], None]:
    """A block that is pressed is taken out, or put back."""

    def take() -> None:
        kind, _, name = str(st.session_state["experiment"].chosen or "").partition(".")
        if kind == "block":
            go_to(replace(view, removed=tuple(sorted({*view.removed} ^ {name}))))

    return take


def experiment_controls(view: ExperimentsView) -> None:
    """Its settings; those of a run in ``options`` stand beside its button."""
    _SETTINGS[view.experiment](view)


def _nothing(_: ExperimentsView) -> None:
    pass


def _lesion(view: ExperimentsView) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        control(view, "kind", on_change=_take_kind, args=(view,), width="content")
        st.button(
            "Put all back", key="back", disabled=not view.removed, on_click=go_to, args=(replace(view, removed=()),)
        )
    control(view, "seed")


def _take_kind(view: ExperimentsView) -> None:
    """What can be taken out of the other network as well stays out."""
    kind = st.session_state[key_of(ExperimentsView, "kind")]
    go_to(replace(view, kind=kind, removed=tuple(name for name in view.removed if name in removable(kind))))


def _shattered(view: ExperimentsView) -> None:
    control(view, "depth", slides=DRAGGED)
    control(view, "init")
    one = by_name(view.PARAMETERS)["beta"]
    key = key_of(ExperimentsView, "beta")
    st.select_slider(one.label, BETAS, view.beta, key=key, help=one.words)
    late(key, view.beta)
    control(view, "batchnorm", help=BATCHNORM)
    control(view, "seed")


def _gradients(view: ExperimentsView) -> None:
    control(view, "blocks", slides=DRAGGED)
    control(view, "steps")
    _some(view, "kinds")
    control(view, "seed")
    if view.steps != "0":
        _run(view, f"Take {view.steps} steps", lambda: None, nullcontext())


def _published(view: ExperimentsView) -> None:
    control(view, "topic")


def train_here(view: ExperimentsView, draw: Callable[[], None]) -> None:
    """A run of the reader's own; ``draw`` shows what it has told so far."""
    st.subheader("Train it here", anchor=False)
    settings, run = st.columns(2, gap="large")
    with settings:
        _some(view, "trained")
        control(view, "epochs", slides=DRAGGED)
        control(view, "seeds")
        _run(view, "Train", draw, run)


def _some(view: ExperimentsView, name: str) -> None:
    """Some of the five kinds, one at least."""
    one, now = by_name(view.PARAMETERS)[name], list(getattr(view, name))
    key = renewed_key(name, now)
    names = dict(SHORT) | {"v2": KINDS["v2"].name}
    st.pills(
        one.label, list(KINDS), default=now, selection_mode="multi", format_func=lambda one: names[one], key=key,
        help=one.words, on_change=_take_some, args=(view, name, key),
    )  # fmt: skip
    late(key, now, _take_some, (view, name, key))


def _take_some(view: ExperimentsView, name: str, key: str) -> None:
    chosen: Any = chosen_now(name, key)
    if chosen:
        kinds: dict[str, Any] = {name: tuple(kind for kind in KINDS if kind in chosen)}
        go_to(replace(view, **kinds))


_SETTINGS: dict[str, Callable[[ExperimentsView], None]] = {
    "lesion": _lesion, "shattered": _shattered, "gradients": _gradients, "options": _nothing, "published": _published,
}  # fmt: skip


# runs


def _run(view: ExperimentsView, label: str, draw: Callable[[], None], beside: AbstractContextManager[object]) -> None:
    """The run that belongs to what is asked: a button if nobody has started it, else how far it is, ``beside``.

    It is found by its key, so a reload or a second tab finds it too. An address alone starts nothing.
    """
    found = state(view)
    problem = found.problem if found else _lost(view)
    if full := st.session_state.pop(_FULL, None):
        st.warning(full)
    if found is None or found.phase in ("failed", "cancelled", "lost"):
        if problem:
            st.warning(problem)
        st.button(f"{label} again" if problem else label, key="run", type="primary", on_click=_start, args=(view,))
        if found and found.told:
            with beside:
                draw()
        return
    if not _going(found):
        _asked(found.key, False)
    with beside:
        st.fragment(_follow, run_every=_POLL if _going(found) else None)(view, draw)


def _start(view: ExperimentsView) -> None:
    job = EXPERIMENTS[view.experiment].job(view)
    if job:
        try:
            queue().submit(job, reader=_reader())
            _asked(job.key, True)
        except SpecError as error:
            st.session_state[_FULL] = str(error)


def _asked(key: str, is_so: bool) -> None:
    """That a run was asked for here and is not over: the page holds that, and knows it where no queue does."""
    others = [one for one in st.session_state.get(_ASKED, []) if one != key]
    st.session_state[_ASKED] = ([key] if is_so else []) + others[:_MANY]


def _lost(view: ExperimentsView) -> str:
    """What is to be said of a run that was asked for, and of which nobody knows any more."""
    job = EXPERIMENTS[view.experiment].job(view)
    return LOST if job and job.key in st.session_state.get(_ASKED, []) else ""


def _reader() -> str:
    """Who asks, so that readers take turns: a number that says nothing about anybody, and ends with the page."""
    return str(st.session_state.setdefault(_READER, secrets.token_hex(8)))


def _going(found: State | None) -> bool:
    """Whether it is worth looking again."""
    return found is not None and found.phase in ("waiting", "running", "unknown")


def _follow(view: ExperimentsView, draw: Callable[[], None]) -> None:
    """Drawn again and again until the run is over; then the whole page is, once."""
    found = state(view)
    if found is None:
        st.rerun()
    if not _going(found):
        if st.session_state.pop(found.key, False):
            st.rerun()
        draw()
        return
    st.session_state[found.key] = True
    if found.phase == "unknown":
        st.warning(found.problem)
        draw()
        return
    if found.phase == "waiting":
        st.progress(0.0, f"In the queue: {found.place} before this one.")
    else:
        st.progress(found.share, f"Running: {found.share:.0%}." if found.share else "Starting.")
    st.button("Stop", key="stop", on_click=_stop, args=(view,))
    draw()


def _stop(view: ExperimentsView) -> None:
    job = EXPERIMENTS[view.experiment].job(view)
    if job:
        queue().cancel(job.key)
