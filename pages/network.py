"""Every block of a whole network: the picture, where its cost sits, and why totals differ."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.component.chart import chart, table
from pages.parts.html import network as html
from resnet.draw import network_charts as charts
from resnet.export.tables import block_rows
from resnet.views.network import NetworkView

view, dropped = controls.current(NetworkView)
controls.say_what_was_dropped(dropped)
figures, side = st.columns([3, 1], gap="large")
with figures:
    sheet.show("picture", html.picture(view))
controls.flush_figures()
controls.keep_in_address(view)
with side, st.container(key="controls"):
    controls.network_controls(view)
controls.share_or_end(view)
left, right = st.columns(2, gap="large")
with left:
    sheet.show("totals_differ", html.why_totals_differ(view))
    chart("fall", charts.WATERFALL, partial(charts.waterfall, view.spec))
with right:
    sheet.show("ladder_words", html.which_multiply_adds(view))
    chart("ladder", charts.LADDER, partial(charts.ladder, view.spec))
sheet.show("what_if", html.what_if(view))
st.header("Where it sits", anchor=False)
left, right = st.columns(2, gap="large")
with left:
    chart("by_stage", charts.height_by_place(), partial(charts.by_stage, view.trace, conventions=view.conventions))
with right:
    chart("by_block", charts.height_by_place(), partial(charts.by_block, view.trace, conventions=view.conventions))
st.header("How far a position sees", anchor=False)
chart("receptive_field", charts.RECEPTIVE_FIELD, partial(charts.receptive_field, view.trace))
st.header("Every block", anchor=False)
table("blocks", partial(block_rows, view.trace, view.conventions), html.columns(view.conventions))
sheet.show("downloads", html.files(view))
