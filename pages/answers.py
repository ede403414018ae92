"""The questions that people keep asking, with answers whose numbers are computed."""

from __future__ import annotations

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.html import answers as answers_html
from resnet.lessons.answers import answers, matching

st.title("Questions people ask", anchor=False)
view, dropped = controls.current_answers()
controls.keep_in_address(view)
controls.say_what_was_dropped(dropped)
words = controls.search_box()
found = matching(words, view.conventions)
st.text(f"{len(found)} of {len(answers())} questions" if words else "Type a word to find a question.")
controls.conventions_switch(view.conventions)
sheet.show("answers", answers_html.listed(found, view))
