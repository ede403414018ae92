"""Curves, rows of dots, and a network with blocks taken out: what is drawn is where the numbers say."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet import trace_network
from resnet.draw import curves as drawing
from resnet.draw.curves import EVERYWHERE, IDENTITY, PLAIN, PROJECTION, Axis, Panel, Series, curves, powers, ticks
from resnet.draw.network import network_diagram
from resnet.draw.palette import LIGHT
from resnet.draw.render import render_svg
from resnet.draw.spread import Line, Row
from resnet.draw.spread import spread as rows_of_dots
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
def test_ticks_reach_around_what_is_shown(a: float, b: float) -> None:
    low, high = sorted((a, b))
    marks = ticks(low, high)
    slack = 1e-6 * max(1.0, abs(low), abs(high))
    assert marks[0] <= low + slack and marks[-1] >= high - slack
    assert 2 <= len(marks) <= drawing.MOST_TICKS + 1
    assert marks == sorted(set(marks))


@given(st.floats(1e-30, 1e30), st.floats(1e-30, 1e30))
def test_powers_reach_around_what_is_shown(a: float, b: float) -> None:
    low, high = sorted((a, b))
    marks = powers(low, high)
    assert marks[0] <= low * (1 + 1e-6) and marks[-1] >= high * (1 - 1e-6)
    assert 2 <= len(marks) <= drawing.MOST_TICKS + 1


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


def test_every_curve_has_its_name_and_a_piece_of_itself_beside_it() -> None:
    looks = (PLAIN, IDENTITY, PROJECTION, EVERYWHERE)
    svg = one_panel(*(Series(f"kind {i}", [(0, 1), (10, 90 + i / 10)], look) for i, look in enumerate(looks)))
    assert {f"kind {i}" for i in range(4)} <= set(texts(svg))
    for look in looks:
        dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
        drawn = re.findall(rf'stroke="{look.colour}" stroke-width="{look.wide:g}" stroke-linejoin="round"{dash}/>', svg)
        assert len(drawn) == 2


def test_five_kinds_are_told_apart_without_colour() -> None:
    looks = (PLAIN, IDENTITY, PROJECTION, EVERYWHERE)
    assert len({(look.colour == LIGHT.muted, look.dash, look.wide) for look in looks}) == len(looks)


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
    svg = one_panel(RISING) + rows_of_dots([Row("one", (1, 2), 1.5, also=(3,))], Axis("x"), "x", line=Line(2, "a line"))
    svg += network_diagram(trace_network(spec_of("B")), removed={"layer1.0"}, named=True).svg()
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]+)"', svg))
    assert used <= set(LIGHT)


# rows of dots


def test_each_run_is_a_dot_and_the_marked_one_has_its_number() -> None:
    rows = [Row("whole", (90, 91, 92), 91.25), Row("without", (10, 50), 50, also=(20, 30))]
    svg = rows_of_dots(rows, Axis("right, %", 0, 100), "a picture", title="A title", line=Line(10, "chance"))
    circles = list(ET.fromstring(svg).iter(f"{SVG}circle"))
    assert len(circles) == 3 + 2 + 2 + 2
    assert {"91.2", "50.0", "whole", "without", "A title", "line: chance"} <= set(texts(svg))
    large = [float(one.get("cx", "")) for one in circles if one.get("r") == "5"]
    share = (50 - 91.25) / 100
    left, right = drawing_axis()
    assert large[1] - large[0] == pytest.approx(share * (right - left), abs=0.2)


def drawing_axis() -> tuple[float, float]:
    from resnet.draw.spread import AXIS

    return AXIS


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
