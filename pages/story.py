"""Why a convolutional block with stride 1? Six steps, each with a live figure."""

from __future__ import annotations

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.html import story as story_html

view, dropped = controls.current_story()
controls.keep_in_address(view)
controls.say_what_was_dropped(dropped)
sheet.show("title", story_html.title(view))
figure, words = st.columns(2)
with figure:
    sheet.show("figure", story_html.figure(view))
    controls.story_controls(view)
with words:
    sheet.show("words", story_html.words(view))
    controls.story_steps(view)
    controls.conventions_switch(view.conventions)
    sheet.show("downloads", story_html.downloads(view))
