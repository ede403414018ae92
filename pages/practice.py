"""Predict, then check: ten random blocks, each prediction held against the trace."""

from __future__ import annotations

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.html import practice as html
from resnet.lessons.marking import mark
from resnet.lessons.practice import question
from resnet.views.practice import PracticeView

view, dropped = controls.current(PracticeView)
above = st.container()
if view.sheet:
    sheet.show("teachers", html.teachers(view))
    sheet.show("solutions", html.solutions(view))
elif view.finished:
    sheet.show("summary", html.summary(view))
    controls.new_practice(view)
else:
    asked = question(view.seed, view.number, view.conventions)
    given = controls.given(view)
    block, predicted = st.columns(2, gap="large")
    with block:
        sheet.show("question", html.asked(asked, view, answered=given is not None))
    controls.flush_figures()
    with predicted:
        controls.level(view)
        controls.predictions(view)
        if given is not None:
            marks = mark(asked, given)
            sheet.show("marks", html.marked(asked, marks))
            controls.next_question(view, all(one.right for one in marks))
controls.keep_in_address(view)
with above:
    st.title("Predict, then look", anchor=False)
    controls.say_what_was_dropped(dropped)
controls.share_or_end(view)
controls.notation_switch(view)
