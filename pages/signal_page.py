"""A picture runs through a block: what the shortcut brings, what the main path brings, and their sum."""

from __future__ import annotations

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.html import signal as html
from resnet.views.signal import SignalView

view, dropped = controls.current(SignalView)
controls.say_what_was_dropped(dropped)
figures, side = st.columns([3, 1], gap="large")
seen = controls.signal_seen(view)
with figures:
    sheet.show("summands", html.summands(seen), on_choice=controls.take_map(view))
controls.flush_figures()
controls.keep_in_address(view)
with side, st.container(key="controls"):
    controls.signal_controls(view)
sheet.show("flow", html.flow(seen), on_choice=controls.take_point)
controls.share_or_end(view, controls.own_picture(view))
sheet.show("sizes", html.sizes(seen))
sheet.show("about", html.about(seen))
sheet.show("downloads", html.files(seen))
