"""Curves, rows of dots, and a network with blocks taken out: what is drawn is where the numbers say."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resnet import trace_network
from resnet.draw import curves as drawing
from resnet.draw import spread as rows_drawing
from resnet.draw.curves import (
    BEHIND,
    EVERYWHERE,
    IDENTITY,
    PLAIN,
    PROJECTION,
    Axis,
    Panel,
    Series,
    curves,
)
from resnet.draw.network import network_diagram
from resnet.draw.palette import LIGHT
from resnet.draw.render import render_svg
from resnet.draw.spread import Line, Row
from resnet.draw.spread import spread as rows_of_dots
from resnet.draw.ticks import MOST, powers, ticks
from resnet.run.family import spec_of

SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = st.floats(-1e6, 1e6)
RISING = Series("rising", [(0, 0), (5, 50), (10, 100)], PROJECTION)


def texts(svg: str) -> list[str]:
    return [one.text or "" for one in ET.fromstring(svg).iter(f"{SVG}text")]


def ways(svg: str) -> list[list[tuple[float, float]]]:
    """The points of every line."""
    found = [path.get("d", "") for path in ET.fromstring(svg).iter(f"{SVG}path")]
    return [[tuple(map(float, point.split(","))) for point in way[1:].split("L")] for way in found]


def one_panel(*series: Series, y: Axis | None = None) -> str:
    return curves([Panel("A panel", series, Axis("x", 0, 10), y or Axis("y, %", 0, 100))], "a picture")


@given(NUMBERS, NUMBERS)
@example(0.0, 5e-324)
@example(5e-324, 5e-324)
@example(-1e-300, 1e-300)
def test_ticks_reach_around_what_is_shown(a: float, b: float) -> None:
    low, high = sorted((a, b))
    marks = ticks(low, high)
    slack = 1e-6 * max(1.0, abs(low), abs(high))
    assert marks[0] <= low + slack and marks[-1] >= high - slack
    assert 2 <= len(marks) <= MOST + 1
    assert marks == sorted(set(marks))


@given(st.floats(1e-30, 1e30), st.floats(1e-30, 1e30))
def test_powers_reach_around_what_is_shown(a: float, b: float) -> None:
    low, high = sorted((a, b))
    marks = powers(low, high)
    assert marks[0] <= low * (1 + 1e-6) and marks[-1] >= high * (1 - 1e-6)
    assert 2 <= len(marks) <= MOST + 1


@given(st.lists(st.floats(0, 190), min_size=1, max_size=8))
def test_names_never_stand_on_each_other(heights: list[float]) -> None:
    found = drawing.spread(sorted(heights), 15, 0, 190)
    assert all(b - a >= 15 - 1e-6 for a, b in itertools.pairwise(found))
    assert found[0] >= -1e-6 and found[-1] <= 190 + 1e-6


def test_a_name_that_has_room_stands_at_the_end_of_its_curve() -> None:
    assert drawing.spread([10, 60, 120], 15, 0, 190) == [10, 60, 120]


def test_a_line_goes_where_its_numbers_say() -> None:
    (line, *_) = ways(one_panel(RISING))
    (x0, y0), (x1, y1), (x2, y2) = line
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
    assert y0 - y1 == pytest.approx(y1 - y2, abs=0.2)
    assert y0 - y2 == pytest.approx(drawing.PLOT, abs=0.2)


def test_a_log_axis_has_equal_steps_for_equal_factors() -> None:
    (line, *_) = ways(one_panel(Series("", [(0, 1e-3), (5, 1), (10, 1e3)]), y=Axis("norm", log=True)))
    (_, y0), (_, y1), (_, y2) = line
    assert y0 - y1 == pytest.approx(y1 - y2, abs=0.2) and y0 > y2


LOOKS = (PLAIN, IDENTITY, PROJECTION, EVERYWHERE, BEHIND)


def test_every_curve_has_its_name_and_what_leads_to_it_is_not_taken_for_data() -> None:
    """It is thin, grey and whole, and begins behind a gap; the curve's own look is the curve's alone."""
    looks = LOOKS
    svg = one_panel(*(Series(f"kind {i}", [(0, 1), (10, 90 + i / 10)], look) for i, look in enumerate(looks)))
    assert {f"kind {i}" for i in range(len(looks))} <= set(texts(svg))
    for look in looks:
        dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
        drawn = re.findall(rf'stroke="{look.colour}" stroke-width="{look.wide:g}" stroke-linejoin="round"{dash}/>', svg)
        assert len(drawn) == 1
    leading = rf'<path d="([^"]*)" fill="none" stroke="{LIGHT.muted}" stroke-width="0.7" stroke-linejoin="round"/>'
    starts = [float(way[1:].split(",")[0]) for way in re.findall(leading, svg)]
    assert len(starts) == len(looks)
    data = max(x for way in ways(svg)[: len(looks)] for x, _ in way)
    assert all(start - data >= drawing.GAP - 0.1 for start in starts)


def test_five_kinds_are_told_apart_without_colour() -> None:
    assert len({(look.colour == LIGHT.muted, look.dash, look.wide) for look in LOOKS}) == len(LOOKS) == 5


def test_a_band_and_single_points_are_drawn() -> None:
    svg = one_panel(RISING._replace(band=[(0, 0, 10), (10, 90, 100)], dots=[(5, 40), (6, 60)]))
    root = ET.fromstring(svg)
    (band,) = root.iter(f"{SVG}polygon")
    assert len(band.get("points", "").split()) == 4
    assert len(list(root.iter(f"{SVG}circle"))) == 2


@pytest.mark.parametrize("file_format", ["svg", "pdf", "png"])
def test_it_becomes_a_file(file_format: str) -> None:
    svg = one_panel(RISING, Series("falling", [(0, 90), (10, 1)], PLAIN))
    assert len(render_svg(svg, file_format)) > 2000


def test_only_the_palettes_colours_are_used() -> None:
    """So that a page can put its own in their place."""
    rows = [Row("one", (1, 2), 2, also=(3,), mean=True)]
    svg = one_panel(RISING) + rows_of_dots(rows, Axis("x"), "x", ring="r", line=Line(2, "a line"))
    svg += network_diagram(trace_network(spec_of("B")), removed={"layer1.0"}, named=True).svg()
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]+)"', svg))
    assert used <= set(LIGHT)


# rows of dots


def test_each_run_is_a_dot_their_mean_a_large_one_and_the_readers_has_a_ring() -> None:
    rows = [Row("whole", (90, 91, 92), 92, mean=True), Row("without", (10, 50), 50, also=(20, 30), mean=True)]
    how = {"title": "A title", "line": Line(10, "chance"), "ring": "seed 7"}
    svg = rows_of_dots(rows, Axis("right, %", 0, 100), "a picture", **how)
    circles = list(ET.fromstring(svg).iter(f"{SVG}circle"))
    legend = 3
    assert len(circles) == 3 + 2 + 2 + 2 + 2 + legend
    assert {"91.0", "30.0", "whole", "without", "A title", "line: chance", "mean"} <= set(texts(svg))
    assert {"a seed", "their mean", "seed 7"} <= set(texts(svg))
    large, rings = (
        [float(one.get("cx", "")) for one in circles if float(one.get("r", "")) == radius][:2]
        for radius in (rows_drawing.LARGE_DOT, rows_drawing.RING)
    )
    left, right = rows_drawing.AXIS
    assert large[1] - large[0] == pytest.approx((30 - 91) / 100 * (right - left), abs=0.2)
    assert rings[1] - rings[0] == pytest.approx((50 - 92) / 100 * (right - left), abs=0.2)


def test_rows_without_a_mean_have_no_legend_for_one() -> None:
    svg = rows_of_dots([Row("one", (1, 2), also=(3,))], Axis("x"), "a picture")
    assert not {"a seed", "their mean", "mean"} & set(texts(svg))


# the network


def cells(svg: str, kind: str) -> int:
    return len(re.findall(rf'class="node block[^"]*{kind}', svg))


def test_a_block_that_is_out_is_an_empty_dashed_cell_and_its_shortcut_stays() -> None:
    t = trace_network(spec_of("B"))
    whole, without = (network_diagram(t, removed=out).svg() for out in ((), ("layer1.1", "layer2.0")))
    assert (cells(whole, "removed"), cells(without, "removed")) == (0, 2)
    arcs = [len(re.findall('class="edge shortcut"', svg)) for svg in (whole, without)]
    assert arcs == [10, 10]
    fillings = [len(re.findall('class="node filling"', svg)) for svg in (whole, without)]
    assert fillings[1] == fillings[0] - 3  # a projection block has two
    assert "its shortcut is left" in without and "its shortcut is left" not in whole


def test_a_plain_network_has_no_arc() -> None:
    svg = network_diagram(trace_network(spec_of("plain")), plain=True, removed=("layer1.1",), title="Plain").svg()
    assert "edge shortcut" not in svg and "Arcs" not in svg and "Blue" not in svg
    assert "x goes on as it is" in svg


def test_blocks_can_have_their_names_below_them() -> None:
    svg = network_diagram(trace_network(spec_of("B")), removed=("layer1.1",), named=True).svg()
    assert all(f">layer{stage}.{i}<" in svg for stage, many in ((1, 4), (2, 3), (3, 3)) for i in range(many))
