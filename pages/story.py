"""Why a convolutional block with stride 1? Six steps, each with a live figure."""

from __future__ import annotations

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.html import story as html
from resnet.views.compare import CompareView
from resnet.views.story import StoryView

controls.send_on(StoryView, CompareView)  # which once opened first: its old addresses still mean it
view, dropped = controls.current(StoryView)
controls.keep_in_address(view)
controls.say_what_was_dropped(dropped)
sheet.show("title", html.title(view))
figure, words = st.columns(2)
with figure:
    sheet.show("figure", html.figure(view), on_choice=controls.take_cell(view))
    controls.story_controls(view)
with words:
    sheet.show("words", html.words(view))
    controls.story_steps(view)
    controls.share_or_end(view)
    controls.notation_switch(view)
    sheet.show("downloads", html.files(view))
