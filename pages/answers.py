"""The questions that people keep asking, with answers whose numbers are computed."""

from __future__ import annotations

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.html import answers as html
from resnet.lessons.answers import answers, matching
from resnet.views.answers import AnswersView

st.title("Questions people ask", anchor=False)
view, dropped = controls.current(AnswersView)
controls.keep_in_address(view)
controls.say_what_was_dropped(dropped)
words = str(st.text_input("Find a question", key="words", max_chars=100, width=420))
found = matching(words, view.conventions)
st.text(f"{len(found)} of {len(answers())} questions" if words else "Type a word to find a question.")
controls.notation_switch(view)
sheet.show("answers", html.listed(found, view))
