"""The controls of the answers."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.parts.controls.address import asked_for
from pages.parts.controls.conventions import chosen
from resnet.lessons.answers import AnswersView, parse_answers
from resnet.spec.checks import SpecError


def current_answers() -> tuple[AnswersView, tuple[SpecError, ...]]:
    view, dropped = parse_answers(asked_for("answers"))
    return replace(view, conventions=chosen(view.conventions)), dropped


def search_box() -> str:
    return str(st.text_input("Find a question", key="words", max_chars=100, width=420))
