"""Five experiments: a question, what a reader expects, and what comes out."""

from __future__ import annotations

import streamlit as st

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.html import experiments as html
from resnet.lessons.experiments import told
from resnet.views.experiments import ExperimentsView

view, dropped = controls.current(ExperimentsView)
controls.keep_in_address(view)
st.title("Experiments", anchor=False)
controls.say_what_was_dropped(dropped)
controls.choose_experiment(view)
sheet.show("question", html.question(view))
if not view.predicted:
    controls.predict(view)
    sheet.show("setting", html.before(view))
else:
    shown = told(view)
    sheet.show("verdict", html.verdict(view))
    controls.predict_again(view)
    figures, side = st.columns(2, gap="large")
    with figures:
        sheet.show("experiment", html.main(view, shown), on_choice=controls.take_block(view))
    with side:
        controls.experiment_controls(view)
        sheet.show("found", html.found(shown))
    if view.experiment == "options":
        controls.train_here(view, lambda: sheet.show("live", html.live(told(view))))
controls.share_or_end(view)
if view.predicted:
    sheet.show("below", html.below(view, shown))
    sheet.show("downloads", html.files(view, shown))
