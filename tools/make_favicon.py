"""Draw assets/favicon.png: an addition with its shortcut.

python tools/make_favicon.py
"""

from __future__ import annotations

from pathlib import Path

import resvg_py

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<g fill="none" stroke-width="6" stroke-linecap="round">
<path d="M22 4v22" stroke="#56616d"/><path d="M22 8h20a10 10 0 0 1 10 10v14a10 10 0 0 1-10 10h-4" stroke="#006ba6"/>
<circle cx="22" cy="42" r="15" fill="#fff" stroke="#006ba6"/>
<path d="M22 34v16M14 42h16" stroke="#006ba6" stroke-width="5"/>
</g></svg>"""

if __name__ == "__main__":
    target = Path(__file__).parents[1] / "assets" / "favicon.png"
    target.write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=SVG, width=64)))
