"""Anybody's network over HTTP and on the command line."""

from __future__ import annotations

import csv
import io
import json
import lzma
import sys
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from resnet.__main__ import main
from resnet.models.graph import residual_sums
from resnet.models.library import known
from resnet.models.onnx_limits import MAX_STRIPPED
from resnet.models.stored import to_json

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

ONNX = Path(__file__).parents[1] / "data" / "onnx"
RESNET18 = lzma.decompress((ONNX / "resnet18.onnx.xz").read_bytes())


def ask(address: str, body: bytes | None = None) -> tuple[int, bytes]:
    """By GET, or by POST of a body."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body), timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def errors(content: bytes) -> list[str]:
    return [one["message"] for one in json.loads(content)["errors"]]


@pytest.mark.parametrize("saved", [False, True])
def test_a_graph_that_is_sent_is_answered_with_its_residual_sums(address: str, saved: bool) -> None:
    body = to_json(known("resnet18")).encode() if saved else RESNET18
    status, content = ask(f"{address}/api/model.json", body)
    assert status == 200
    found = json.loads(content)
    kinds = [one["kind"] for one in found["sums"]]
    assert (kinds.count("identity"), kinds.count("projection"), len(kinds)) == (5, 3, 8)
    assert found["params"] == (11_689_512 if saved else found["params"])
    assert [one["needed"] for one in found["sums"] if one["kind"] == "projection"] == [True] * 3


def test_one_that_is_at_hand_is_asked_for_by_its_name(address: str) -> None:
    status, content = ask(f"{address}/api/model.json?model=convnext_tiny")
    assert status == 200
    assert json.loads(content)["params"] == 28_589_128
    status, content = ask(f"{address}/api/model.csv?model=resnet50")
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert status == 200
    assert len(rows) >= len(residual_sums(known("resnet50")))


def test_pictures_of_what_is_sent(address: str) -> None:
    for path in ("model.svg", "model_block.svg?sum=3"):
        status, content = ask(f"{address}/api/{path}", RESNET18)
        assert status == 200
        assert ET.fromstring(content).tag.endswith("svg")


def test_two_beside_each_other(address: str) -> None:
    status, content = ask(f"{address}/api/models.json?against=resnet18", to_json(known("resnet18")).encode())
    assert status == 200
    assert {row["kind"] for row in json.loads(content)["rows"]} == {"same"}
    status, content = ask(f"{address}/api/models.csv?model=resnet50-v1&against=resnet50")
    assert status == 200
    assert b"stride" in content


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("model.json", b"no network at all", 400, "file"),
        ("model.json", b"", 400, "empty"),
        ("model.json", b"{}", 400, ""),
        ("model.json?model=nobody", None, 400, "model"),
        ("models.json", None, 400, "against"),
        ("model_block.svg?sum=999", RESNET18, 400, "from 1 to 8"),
    ],
)
def test_what_can_t_be_read_gets_a_sentence(
    address: str, path: str, body: bytes | None, status: int, says: str
) -> None:
    found, content = ask(f"{address}/api/{path}", body)
    assert found == status
    (message,) = errors(content)
    assert says in message
    assert message.endswith(".")
    assert "Traceback" not in message


def test_too_much_is_refused_before_it_is_all_there(address: str) -> None:
    status, content = ask(f"{address}/api/model.json", bytes(MAX_STRIPPED + 1))
    assert status == 413
    assert "without its weights" in errors(content)[0]


def test_the_command_line_reads_files_names_and_modules(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, saved = tmp_path / "net.onnx", tmp_path / "net.json"
    file.write_bytes(RESNET18)
    saved.write_text(to_json(known("resnet18")))
    (tmp_path / "mine.py").write_text(
        "from torch import nn\n\n\ndef net():\n    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for source in (str(file), str(saved), "resnet18"):
        assert main(["model", source]) == 0
        assert b"8 residual sums: 5 identity, 3 projections" in capsysbinary.readouterr().out
    assert main(["model", "mine:net", "--size", "32x32"]) == 0
    assert b"No addition at all." in capsysbinary.readouterr().out
    assert main(["model", str(saved), "--against", "resnet34", "--format", "json"]) == 0
    assert {row["kind"] for row in json.loads(capsysbinary.readouterr().out)["rows"]} >= {"same", "only_right"}
    assert main(["model", str(file), "--format", "svg"]) == 0
    assert ET.fromstring(capsysbinary.readouterr().out).tag.endswith("svg")
    sys.modules.pop("mine", None)


@pytest.mark.parametrize(
    ("source", "says"),
    [("nothing.onnx", "nothing.onnx"), ("no_such_module_here:net", "no_such_module_here"), ("resnet19", "one of")],
)
def test_the_command_line_says_what_it_can_t_open(source: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", source]) == 2
    said = capsys.readouterr().err
    assert said.startswith("resnet: ")
    assert says in said
    assert said.count("\n") == 1
