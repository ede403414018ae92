"""Make resnet/draw/typeface from the variable Source Sans that Streamlit serves, so that a file looks like the screen.

    pip install fonttools brotli && python tools/make_fonts.py

Two weights, cut down to the characters that a diagram can show, as TTF (to draw PNG and PDF) and as WOFF2 (to ride
inside an SVG). The SIL Open Font License reserves the name "Source" to the original, so the cut is called otherwise.
"""

from __future__ import annotations

from pathlib import Path

import streamlit
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FAMILY = "Residual Sans"
WEIGHTS = {"Regular": 400, "SemiBold": 600}
CHARACTERS = "".join(map(chr, range(0x20, 0x7F))) + "×·−–—…≠≥≤±→⌊⌋₀₁₂₃₄₅₆₇₈₉αβγµ’‘“”\u00a0\u202f"
SOURCE = next((Path(streamlit.__file__).parent / "static/static/media").glob("SourceSansVF-Upright*.woff2"))
TARGET = Path(__file__).parents[1] / "resnet/draw/typeface"


def main() -> None:
    for style, weight in WEIGHTS.items():
        font = instantiateVariableFont(TTFont(SOURCE), {"wght": weight})
        options = subset.Options(
            layout_features=["kern", "mark", "ccmp"], name_IDs=[0, 1, 2, 3, 4, 6, 13, 14], hinting=False
        )
        options.notdef_outline = True
        cut = subset.Subsetter(options)
        cut.populate(text=CHARACTERS)
        cut.subset(font)
        family = FAMILY if style == "Regular" else f"{FAMILY} {style}"
        font["OS/2"].usWeightClass = weight
        names = {1: family, 2: "Regular", 3: f"{family} 1", 4: family, 6: family.replace(" ", "")}
        for name_id, text in names.items():
            font["name"].setName(text, name_id, 3, 1, 0x409)
        font["name"].setName(FAMILY, 16, 3, 1, 0x409)
        font["name"].setName(style, 17, 3, 1, 0x409)
        font["name"].names = [record for record in font["name"].names if record.platformID == 3]
        for flavor, suffix in ((None, "ttf"), ("woff2", "woff2")):
            font.flavor = flavor
            font.save(TARGET / f"ResidualSans-{style}.{suffix}")


if __name__ == "__main__":
    main()
