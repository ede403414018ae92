"""Two blocks side by side: the identity block and the convolutional block with its projection."""

from __future__ import annotations

import streamlit as st

from pages.parts import sheet
from pages.parts.controls import controls, dropped
from resnet.charts import where_it_sits
from resnet.compare import compare

st.markdown("#### Stage 2 of ResNet-50 starts with stride 1. Why not with an identity block?")
for error in dropped():
    st.warning(f"The address was read as far as it goes. `{str(error).replace('`', '')}`")
top = st.container(horizontal=True, vertical_alignment="bottom")
figures, side = st.columns([3, 1], gap="large")

view = controls(top, side)
comparison = compare(view.left, view.right)
with figures:
    sheet.show("figures", sheet.figures(comparison, view.unfolded))
sheet.show("tables", (sheet.downloads(comparison, view.query), *sheet.tables(comparison)))
st.plotly_chart(where_it_sits(comparison), key="chart")
