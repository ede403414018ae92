"""The questions that people keep asking, with answers whose numbers are computed."""

from __future__ import annotations

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.html import answers as html
from resnet.lessons.answers import answers, matching
from resnet.views.answers import AnswersView

view, dropped = controls.current(AnswersView)
above = st.container()
found = matching(controls.searched(), view.conventions)
sheet.show("answers", html.listed(found, view))
controls.flush_figures()
controls.keep_in_address(view)
with above:
    st.title("Questions people ask", anchor=False)
    controls.say_what_was_dropped(dropped)
    controls.search_box(len(found), len(answers()))
    controls.notation_switch(view)
controls.share_or_end(view)
