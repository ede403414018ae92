"""Streamlit's entry script: the frame around every page."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:  # Streamlit puts this script's folder on the path, not the project's
    sys.path.insert(0, str(ROOT))

# as data: a file's address would be fetched anew on every run
ICON = "data:image/png;base64," + base64.b64encode((ROOT / "assets" / "favicon.png").read_bytes()).decode()
st.set_page_config(page_title="The residual block, explained", page_icon=ICON, layout="wide")
page = st.navigation(
    [
        st.Page("story.py", title="Why stride 1?", default=True),
        st.Page("compare.py", title="Compare two blocks"),
        st.Page("network.py", title="Network"),
        st.Page("practice.py", title="Practice"),
        st.Page("answers.py", title="Answers"),
    ],
    position="top",
)
page.run()
