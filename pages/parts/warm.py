"""What would be slow for the first reader, done before there is one."""

from __future__ import annotations

from pages.parts import sheet
from resnet.charts import where_it_sits
from resnet.compare import compare
from resnet.spec import PRESETS
from resnet.view import View


def warm_up() -> None:
    """Trace, lay out and chart every preset once: imports, torch's meta kernels and the caches are then in place."""
    for preset in PRESETS:
        view = View(right=preset.spec)
        sheet.figures(view)
    where_it_sits(compare(view.left, view.right))
