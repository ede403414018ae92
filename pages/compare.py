"""Two blocks side by side: the identity block and the convolutional block with its projection."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.component.chart import chart
from pages.parts.component.place import place
from pages.parts.html import compare as html
from pages.parts.html import inspector
from resnet.draw.charts import height_of, where_it_sits
from resnet.numbers.compare import compare
from resnet.views.compare import CompareView

view, dropped = controls.current(CompareView)
view = view.as_page()
controls.say_what_was_dropped(dropped)
figures, side = st.columns([3, 1], gap="large")
with figures:
    sheet.show("figures", html.figures(replace(view, chosen="")), view.marked, controls.take_choice("figures"))
    if view.chosen:
        sheet.show("inspector", inspector.explanation(view), on_choice=controls.take_choice("inspector"))
controls.flush_figures()
controls.keep_in_address(view)
with side, st.container(key="controls"):
    controls.block_controls(view)
controls.share_or_end(view)
totals, bars = st.columns(2, gap="large")
with totals:
    sheet.show("summary", html.summary(replace(view, chosen="")))
with bars:
    st.header("Where it sits", anchor=False)
    both = compare(view.left, view.right, view.conventions)
    chart("chart", height_of(both), lambda palette: where_it_sits(both, palette))
sheet.show("downloads", html.files(replace(view, chosen="")))
place("layers", html.layers_height(view), lambda: sheet.show("layers", html.layers(replace(view, chosen=""))))
