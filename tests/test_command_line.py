"""Every example that the README and ``--help`` give does what it says."""

from __future__ import annotations

import io
import json
import lzma
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from resnet.__main__ import COMMANDS, main
from tests.helped import help_of

pytestmark = pytest.mark.slow  # seconds all together: `make quick` leaves them out

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text().replace("\\\n", " ")
FROM_README = re.findall(r"^resnet (.+)$", README, flags=re.MULTILINE)
FROM_HELP = [f"{name} {example}" for name, command in COMMANDS.items() for example in command.examples]
BEGINS = {
    ".svg": b"<?xml", ".pdf": b"%PDF-", ".png": b"\x89PNG", ".html": b"<!DOCTYPE html>", ".json": b"{", ".zip": b"PK",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the examples' own files are."""
    onnx = ROOT / "tests" / "data" / "onnx" / "resnet18.onnx.xz"
    (tmp_path / "network.onnx").write_bytes(lzma.decompress(onnx.read_bytes()))
    (tmp_path / "my_package").mkdir()
    (tmp_path / "my_package" / "my_module.py").write_text(
        "from torch import nn\n\ndef make_network():\n    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_there_are_examples() -> None:
    assert len(FROM_README) >= 5
    assert all(len(command.examples) >= 2 for command in COMMANDS.values())


@pytest.mark.parametrize("example", [*FROM_README, *FROM_HELP])
def test_an_example_does_what_it_says(example: str, folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    said = shlex.split(example)
    assert main(said) == 0
    out, err = capfdbinary.readouterr()
    assert err == b""
    if "--output" in said:
        file = folder / said[said.index("--output") + 1]
        assert file.read_bytes().startswith(BEGINS[file.suffix])
        assert out == b""
    else:
        assert len(out) > 100


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_the_examples_and_names_every_format(name: str) -> None:
    said = help_of(name)
    assert [line.strip() for line in said.partition("examples:\n")[2].splitlines()] == [
        f"resnet {name} {one}".rstrip() for one in COMMANDS[name].examples
    ]
    words = " ".join(said.split())
    assert all(re.search(rf"\b{re.escape(key)}\b", words) for key in COMMANDS[name].forms)


def test_the_files_name_says_the_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, beginning in (("a.png", b"\x89PNG"), ("a.zip", b"PK"), ("a.tex", b"%"), ("a.csv", b"path,")):
        assert main(["compare", "--output", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_bytes().startswith(beginning), name
    assert main(["compare", "--output", str(tmp_path / "a.docx")]) == 2
    assert "a name that ends in one of .svg" in capsys.readouterr().err


def test_the_bundle_is_whole(tmp_path: Path) -> None:
    assert main(["network", "cifar_resnet20", "--output", str(tmp_path / "all.zip")]) == 0
    with zipfile.ZipFile(io.BytesIO((tmp_path / "all.zip").read_bytes())) as archive:
        assert archive.testzip() is None


def test_figures_wear_what_is_asked_for(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    plain, dark = [], []
    for said, found in (([], plain), (["--look", "dark", "--fit", "slide"], dark)):
        assert main(["block", "--format", "svg", *said]) == 0
        found.append(capfdbinary.readouterr().out)
    assert plain != dark and b'width="1600' in dark[0]


def test_a_network_by_name_is_the_same_by_every_door(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["network", "resnet18", "--format", "json"]) == 0
    mine = json.loads(capfdbinary.readouterr().out)
    assert main(["model", "resnet18", "--format", "json"]) == 0
    theirs = json.loads(capfdbinary.readouterr().out)
    assert mine["params"] == theirs["params"] == 11_689_512
    assert mine["macs"] == theirs["macs"]


def test_no_bytes_for_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert main(["block", "--format", "png"]) == 2
    assert "--output FILE" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion(shell: str) -> None:
    said = [sys.executable, "-m", "resnet", "--print-completion", shell]
    script = subprocess.run(said, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert "--in-channels" in script and "tikz" in script
    if shell == "bash":  # the shell itself reads it
        assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
