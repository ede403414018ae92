"""Every block of a whole network: the picture, where its cost sits, and why totals differ."""

from __future__ import annotations

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.html import network as html
from resnet.draw import network_charts as charts
from resnet.draw.palette import DARK, LIGHT
from resnet.export.tables import block_rows
from resnet.numbers.counting import ladder, reconcile
from resnet.views.network import NetworkView

view, dropped = controls.current(NetworkView)
controls.keep_in_address(view)
controls.say_what_was_dropped(dropped)
figures, side = st.columns([3, 1], gap="large")
with figures:
    sheet.show("picture", html.picture(view))
controls.flush_figures()
with side:
    controls.network_controls(view)

t, conventions = view.trace, view.conventions
palette = DARK if st.context.theme.type == "dark" else LIGHT
left, right = st.columns(2, gap="large")
with left:
    sheet.show("totals_differ", html.why_totals_differ(view))
    st.plotly_chart(charts.waterfall(reconcile(view.spec), html.keras_name(view.spec), palette), key="fall")
with right:
    sheet.show("ladder_words", html.which_multiply_adds(view))
    st.plotly_chart(charts.ladder(ladder(view.spec), palette), key="ladder")
sheet.show("what_if", html.what_if(view))
st.header("Where it sits", anchor=False)
left, right = st.columns(2, gap="large")
left.plotly_chart(charts.by_stage(t, palette, conventions), key="by_stage")
right.plotly_chart(charts.by_block(t, palette, conventions), key="by_block")
st.header("How far a position sees", anchor=False)
st.plotly_chart(charts.receptive_field(t, palette), key="receptive_field")
st.header("Every block", anchor=False)
st.dataframe(block_rows(t, conventions), key="blocks", hide_index=True, column_config=html.columns(conventions))
sheet.show("downloads", html.files(view))
