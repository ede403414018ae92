"""What would be slow for the first reader, done before there is one."""

from __future__ import annotations

from pages.parts.html import compare as compare_html
from resnet.draw.charts import where_it_sits
from resnet.numbers.compare import compare
from resnet.spec.block import PRESETS
from resnet.views.compare import View


def warm_up() -> None:
    """Trace, lay out and chart every preset once: imports, torch's meta kernels and the caches are then in place."""
    for preset in PRESETS:
        view = View(right=preset.spec)
        compare_html.figures(view)
    where_it_sits(compare(view.left, view.right))
