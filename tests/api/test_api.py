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
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image

from resnet import BlockSpec, compare, diagram, diagram_pair, network, render, trace, trace_network
from resnet.__main__ import main
from resnet.draw.network import network_diagram
from resnet.export.data import network_to_data, to_data
from resnet.export.table_csv import to_csv
from resnet.export.tables import blocks_table, layers_table
from resnet.spec.block import PARAMETERS
from resnet.spec.parameters import by_name
from resnet.views.network import NetworkView

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

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
    assert get(f"{address}/api/layers.csv?{query}")[2].decode() == to_csv(layers_table(compare(IDENTITY, SPEC)))


@pytest.mark.parametrize("key", [*by_name(PARAMETERS), "left", "unfolded", "pool"])
@pytest.mark.parametrize("value", ["", "0", "-1", "999999999", "9" * 5000, "2.5", "nonsense", MARKUP, "\x00", "'; --"])
def test_bad_input_gets_a_sentence_and_no_markup(address: str, key: str, value: str) -> None:
    status, kind, body = get(f"{address}/api/block.json?{urlencode({key: value})}")
    assert (status, kind) == (400, "application/json")
    (error,) = json.loads(body)["errors"]
    assert error["field"] == key
    assert "must be" in error["message"]
    assert "Traceback" not in error["message"]
    assert len(error["message"]) < 300


NETWORK = network("resnext50_32x4d", variant="d", shortcut_option="C", height=160, width=96, num_classes=7)
NETWORK_QUERY = NetworkView(spec=NETWORK, quantity="macs").to_query()


def test_a_network_as_data_and_as_a_figure(address: str) -> None:
    status, kind, body = get(f"{address}/api/network.json?{urlencode(NETWORK_QUERY)}")
    assert (status, kind) == (200, "application/json")
    t = trace_network(NETWORK)
    assert json.loads(body) == json.loads(json.dumps(network_to_data(t)))
    assert get(f"{address}/api/blocks.csv?{urlencode(NETWORK_QUERY)}")[2].decode() == to_csv(blocks_table(t))
    for file_format in ("svg", "pdf", "png", "dot"):
        body = get(f"{address}/api/network.{file_format}?{urlencode(NETWORK_QUERY)}")[2]
        assert body == render(network_diagram(t, "macs"), file_format)


@pytest.mark.parametrize("key", by_name(NetworkView.PARAMETERS))
@pytest.mark.parametrize("value", ["", "0", "-1", "999999999", "9" * 5000, "2.5", "nonsense", MARKUP, "\x00", "'; --"])
def test_bad_input_for_a_network_gets_a_sentence(address: str, key: str, value: str) -> None:
    status, kind, body = get(f"{address}/api/network.svg?{urlencode({key: value})}")
    assert (status, kind) == (400, "application/json")
    (error,) = json.loads(body)["errors"]
    assert error["field"] == key
    assert error["message"].endswith(".")


def test_an_input_that_is_too_small_gets_a_sentence(address: str) -> None:
    status, _, body = get(f"{address}/api/network.json?network=course_resnet50&height=20&width=20")
    assert status == 400
    assert "at least 37 × 37" in json.loads(body)["errors"][0]["message"]


def test_a_network_on_the_command_line(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["network", "resnet50", "--size", "224x224", "--format", "json"]) == 0
    t = trace_network(network("resnet50"))
    assert json.loads(capfdbinary.readouterr().out) == json.loads(json.dumps(network_to_data(t)))
    options = ["--variant", "v1", "--shortcut-option", "C", "--num-classes", "10", "--size", "64x96"]
    t = trace_network(network("resnet18", variant="v1", shortcut_option="C", num_classes=10, height=64, width=96))
    assert main(["network", "resnet18", *options, "--format", "csv"]) == 0
    assert capfdbinary.readouterr().out.decode() == to_csv(blocks_table(t))
    assert main(["network", "resnet18", *options, "--format", "svg", "--quantity", "macs"]) == 0
    assert capfdbinary.readouterr().out == render(network_diagram(t, "macs"), "svg")


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
        written = "".join(one.text or "" for one in figure.iter("{http://www.w3.org/2000/svg}text"))
        return numbers["params"], written.count("BatchNorm")

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


@pytest.mark.parametrize(
    ("options", "words"),
    [(["resnet51"], "resnet50"), (["course_resnet50", "--size", "20x20"], "at least 37 × 37"),
     (["resnet50", "--num-classes", "0"], "num_classes")],
)  # fmt: skip
def test_the_command_line_explains_a_network(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["network", *options]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("command", [["block"], ["network", "resnet18"]])
@pytest.mark.parametrize("target", ["missing/folder/file.json", "."])
def test_a_file_that_cannot_be_written_gets_a_sentence(
    command: list[str], target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--output", str(tmp_path / target)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"resnet: {tmp_path}") and "can't be written: " in line and line.endswith(".")


def test_a_file_is_written(tmp_path: Path) -> None:
    assert main(["block", "--format", "svg", "--output", str(tmp_path / "block.svg")]) == 0
    assert (tmp_path / "block.svg").read_bytes() == render(diagram(trace(BlockSpec())), "svg")


@pytest.mark.parametrize("options", [["--size", "56"], ["--size", "axb"], ["--stride", "two"], ["--shortcut", "none"]])
def test_the_command_line_refuses_what_it_cannot_read(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["block", *options])
    assert stopped.value.code == 2
    assert re.search(r"error: argument --\w+", capsys.readouterr().err)
