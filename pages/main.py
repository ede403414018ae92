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


def navigation() -> dict[str, st.Page]:
    """Every page by its name, the first of which opens."""
    from resnet.views.pages import PAGES  # now that the project is on the path

    return {one.name: st.Page(one.file, title=one.title, url_path=one.name, default=one is PAGES[0]) for one in PAGES}


def main() -> None:
    from pages.parts import controls
    from pages.parts.watch import watched

    pages = navigation()
    controls.keep()
    # in another page's frame there is no room for it, and no reason to leave
    page = st.navigation(list(pages.values()), position="hidden" if st.context.is_embedded else "top")
    with watched(next(name for name, one in pages.items() if one is page)):
        page.run()
        controls.settle()


main()
