"""Memory of one process over many distinct settings, each drawn as the page draws it.

    python -m bench.memory [--settings 10000]

Resident megabytes (Linux) after each tenth of them, the caches full or not: they are bounded by bytes.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace

from bench.load import resident
from pages.parts.component.sheet import packed
from pages.parts.html import compare as html
from resnet.spec.block import BlockSpec
from resnet.views.compare import CompareView


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=int, default=10_000)
    settings = parser.parse_args().settings
    for i in range(settings):
        spec = replace(BlockSpec(), in_channels=1 + i % 8000, stride=1 + i // 8000)
        view = CompareView(right=spec)
        packed(html.figures(view), "")
        packed(html.summary(view), "")
        packed(html.layers(view), "")
        if (i + 1) % max(1, settings // 10) == 0:
            print(f"{i + 1:7,} settings: {resident(os.getpid()):6.0f} MB", flush=True)


if __name__ == "__main__":
    main()
