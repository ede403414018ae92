"""Predict, then look: ten random blocks, each prediction checked against the trace."""

from __future__ import annotations

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.html import practice as practice_html
from resnet.lessons.practice import mark, question

st.title("Predict, then look", anchor=False)
view, dropped = controls.current_practice()
controls.keep_in_address(view)
controls.say_what_was_dropped(dropped)
if view.finished:
    sheet.show("summary", practice_html.summary(view))
    controls.new_practice(view)
else:
    asked = question(view.seed, view.number, view.conventions)
    sheet.show("question", practice_html.asked(asked, view))
    given = controls.predictions(view)
    if given is not None:
        marks = mark(asked, given)
        sheet.show("marks", practice_html.marked(asked, marks))
        controls.next_question(view, all(one.right for one in marks))
controls.conventions_switch(view.conventions)
