"""What this is, whose work is in it, what is kept of a reader, and how much is done."""

from __future__ import annotations

from pages.parts import controls
from pages.parts.component import sheet
from pages.parts.html import about as html
from resnet.views.about import AboutView

view, dropped = controls.current(AboutView)
controls.keep_in_address(view)
sheet.show("about", html.opening())
controls.say_what_was_dropped(dropped)
sheet.show("more", (*html.limits(), *html.sources()))
controls.share_or_end(view)
