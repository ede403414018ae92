"""The same numbers and figures over HTTP, from the running application, and on the command line."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from PIL import Image

from resnet import BlockSpec, compare, diagram, diagram_pair, render, trace
from resnet.__main__ import main
from resnet.export.data import to_data
from resnet.export.tables import to_csv
from resnet.spec import QUERY_KEYS

MARKUP = "<script>alert(1)</script>"
SPEC = BlockSpec(in_channels=96, filters=(32, 48, 80), kernel_size=5, stride=2, height=30, width=17, conv_bias=True)
IDENTITY = replace(SPEC, shortcut="identity")


def get(url: str) -> tuple[int, str, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.headers["content-type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["content-type"], error.read()


def test_the_trace_as_json(address: str) -> None:
    for spec in (BlockSpec(), SPEC, IDENTITY, BlockSpec(filters=(64, 64))):
        status, kind, body = get(f"{address}/api/block.json?{urlencode(spec.to_query())}")
        assert (status, kind) == (200, "application/json")
        assert json.loads(body) == json.loads(json.dumps(to_data(trace(spec))))
    assert json.loads(get(f"{address}/api/block.json")[2])["params"] == 75_008


def test_figures_are_those_of_the_page(address: str) -> None:
    query = urlencode(SPEC.to_query() | {"unfolded": "true"})
    a, b = trace(IDENTITY), trace(SPEC)
    _, kind, svg = get(f"{address}/api/block.svg?{query}")
    assert kind == "image/svg+xml"
    assert svg == render(diagram(b, unfolded=True, beside=a), "svg")
    left = urlencode(IDENTITY.to_query() | {"unfolded": "true"})
    assert get(f"{address}/api/block.svg?{left}")[2] == render(diagram(a, unfolded=True, beside=b), "svg")
    assert get(f"{address}/api/pair.svg?{query}")[2] == render(diagram_pair(a, b, unfolded=True), "svg")
    assert get(f"{address}/api/pair.pdf?{query}")[2].startswith(b"%PDF-")
    assert Image.open(io.BytesIO(get(f"{address}/api/pair.png?{query}")[2])).format == "PNG"
    assert get(f"{address}/api/block.dot?{query}")[2].startswith(b"digraph")
    assert get(f"{address}/api/layers.csv?{query}")[2].decode() == to_csv(compare(IDENTITY, SPEC))


@pytest.mark.parametrize("key", [*QUERY_KEYS, "left", "unfolded"])
@pytest.mark.parametrize("value", ["", "0", "-1", "999999999", "9" * 5000, "2.5", "nonsense", MARKUP, "\x00", "'; --"])
def test_bad_input_gets_a_sentence_and_no_markup(address: str, key: str, value: str) -> None:
    status, kind, body = get(f"{address}/api/block.json?{urlencode({key: value})}")
    assert (status, kind) == (400, "application/json")
    (error,) = json.loads(body)["errors"]
    assert error["field"] == key
    assert "must be" in error["message"]
    assert "Traceback" not in error["message"]
    assert len(error["message"]) < 300


def test_a_misspelt_parameter_is_not_ignored(address: str) -> None:
    status, _, body = get(f"{address}/api/block.svg?strid=2")
    assert status == 400
    assert "'stride'" in json.loads(body)["errors"][0]["message"]


def test_many_new_blocks_at_once(address: str) -> None:
    """fx and Graphviz keep state of the whole process: readers at the same moment must not meet in it."""
    specs = [
        BlockSpec(in_channels=200 + i, filters=(i + 1, i + 2, i + 3)[: 2 + i % 2], stride=1 + i % 4) for i in range(24)
    ]

    def ask(spec: BlockSpec) -> Iterator[object]:
        query = urlencode(spec.to_query())
        numbers = json.loads(get(f"{address}/api/block.json?{query}")[2])
        figure = ET.fromstring(get(f"{address}/api/block.svg?{query}")[2])
        return numbers["params"], "".join(figure.itertext()).count("BatchNorm")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, specs))
    assert answers == [(trace(spec).params, len(spec.filters) + 1) for spec in specs]


COMMAND = ["block", "--in-channels", "64", "--filters", "64", "64", "256", "--kernel-size", "3", "--stride", "1"]


def test_the_command_line(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    options = ["--shortcut", "projection", "--size", "56x56"]
    assert main([*COMMAND, *options, "--format", "json"]) == 0
    assert json.loads(capfdbinary.readouterr().out) == json.loads(json.dumps(to_data(trace(BlockSpec()))))
    assert main([*COMMAND, *options, "--format", "svg"]) == 0
    assert capfdbinary.readouterr().out == render(diagram(trace(BlockSpec())), "svg")


def test_the_command_line_as_a_process() -> None:
    done = subprocess.run([sys.executable, "-m", "resnet", *COMMAND], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["params"] == 75_008


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--stride", "9"], "stride is 9, but it must be a whole number from 1 to 4"),
        (["--filters", "64"], "filters is (64,)"),
        (["--kernel-size", "4"], "an odd whole number"),
        (["--in-channels", "1000000000"], "in_channels is 1000000000"),
    ],
)
def test_the_command_line_explains(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["block", *options]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--size", "56"], ["--size", "axb"], ["--stride", "two"], ["--shortcut", "none"]])
def test_the_command_line_refuses_what_it_cannot_read(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["block", *options])
    assert stopped.value.code == 2
    assert re.search(r"error: argument --\w+", capsys.readouterr().err)
