"""Anybody's network: which shortcuts it has, which of them are needed, what they cost, and what another one does."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.component.chart import table
from pages.parts.html import model as html
from resnet.export.model_tables import sum_rows
from resnet.models.graph import residual_sums
from resnet.views.model import ModelView

view, dropped = controls.current(ModelView)
controls.say_what_was_dropped(dropped)
figures, side = st.columns([3, 1], gap="large")
shown = controls.model_shown(view)
with figures:
    sheet.show("model_title", html.title(shown))
    controls.own_file("own_model")
with figures if shown.other is None else st.container():  # two beside each other need the page's width
    sheet.show("model_pictures", html.pictures(shown), on_choice=controls.take_sum("model_pictures"))
controls.flush_figures()
controls.keep_in_address(view)
with side, st.container(key="controls"):
    controls.model_controls(view)
sheet.show("model_block", html.block(shown))
sheet.show("model_compared", html.compared(shown), on_choice=controls.take_sum("model_compared"))
controls.share_or_end(view, controls.own_graphs(shown))
if residual_sums(shown.graph):
    st.header("Every residual sum", anchor=False)
    table("sums", partial(sum_rows, shown.graph, view.conventions), html.columns(view.conventions))
sheet.show("model_others", html.others(shown))
controls.model_files(shown)
