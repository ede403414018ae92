"""Three hundred addresses of the API, and what each answered before the backend got its rooms.

    python -m tests.api.kept      writes tests/data/answers.json.xz; done once, at the commit before

Text is kept whole. Of an SVG the tree is kept and not the spelling, without its typeface (which was written in a way
that browsers refuse, and had to change); of a PNG its pixels; of a PDF what is drawn, without its title (most had a
wrong one).
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import random
import re
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from PIL import Image

from tests.api import asgi

FILE = Path(__file__).parents[1] / "data" / "answers.json.xz"
SVG = "{http://www.w3.org/2000/svg}"


class Kept(NamedTuple):
    """``body`` is the text itself, or a digest of what a picture shows."""

    status: int
    media_type: str
    file_name: str
    body: str


def answer_to(address: str) -> asgi.Answer:
    """What the API answers, without a server."""
    return asgi.ask(address)


def ask(address: str) -> Kept:
    """The same, in the form in which it is kept."""
    answer = answer_to(address)
    media_type = answer.headers["content-type"].partition(";")[0]
    name = re.search(r'filename="([^"]*)"', answer.headers.get("content-disposition", ""))
    return Kept(answer.status_code, media_type, name[1] if name else "", _kept(media_type, answer.body))


def _kept(media_type: str, body: bytes) -> str:
    if media_type == "image/svg+xml":
        tree = _tree(ET.fromstring(body)).replace("Wide ResNet-50-2", "Wide ResNet-50 2")  # its name was wrong
        return _digest(tree.encode())
    if media_type == "image/png":
        return _digest(Image.open(io.BytesIO(body)).convert("RGBA").tobytes())
    if media_type == "application/pdf":
        return _digest(b"".join(_streams(body)))
    # the typeface's name once more; it is in every graph
    return body.decode().replace("'Source Sans 3'", "Source Sans 3")


def _tree(element: ET.Element) -> str:
    """Element, attributes, text and children, whatever their spelling."""
    if element.tag == f"{SVG}style":
        return ""
    kept = sorted((key, value) for key, value in element.attrib.items() if key != "font-family")
    words = (element.text or "").strip("\n")
    return f"<{element.tag} {kept}>{words}{''.join(map(_tree, element))}</>"


def _streams(pdf: bytes) -> list[bytes]:
    """What is drawn on the pages, and the fonts."""
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL)
    return [_unpacked(stream) for stream in found]


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# addresses


def addresses() -> list[str]:
    """The same three hundred each time."""
    rng = random.Random(20)
    first = [f"/api/{what}" for what in ("block.json", "pair.svg", "layers.csv", "network.json", "blocks.csv")]
    first += [f"/api/story.{suffix}?step={step}" for step in range(1, 6) for suffix in ("svg", "pdf")]
    first += ["/api/story.png?step=4&repair=pad", "/api/story.svg?step=3&tried=true", "/api/story.svg?step=6"]
    found = dict.fromkeys(first)  # each of them once
    while len(found) < 180:
        what = rng.choice(("block.json",) * 4 + ("layers.csv", "block.svg", "pair.svg", "block.dot", "pair.dot"))
        found[_address(what, _block(rng) | _notation(rng))] = None
    while len(found) < 190:
        found[_address(f"{rng.choice(('block', 'pair'))}.{rng.choice(('png', 'pdf'))}", _block(rng))] = None
    while len(found) < 245:
        what = rng.choice(("network.json", "blocks.csv", "blocks.csv", "network.svg", "network.dot"))
        found[_address(what, _network(rng) | _notation(rng))] = None
    for kind in ("png", "pdf"):
        found[_address(f"network.{kind}", _network(rng))] = None
    for wrong in _WRONG_OF_NETWORKS:
        found[_address(rng.choice(("network.json", "blocks.csv")), dict([wrong]))] = None
    while len(found) < 300:
        wrong = rng.choice(_WRONG_OF_BLOCKS)
        found[_address(rng.choice(("block.json", "pair.svg", "layers.csv")), _block(rng) | dict([wrong]))] = None
    return list(found)


def _address(what: str, query: dict[str, str]) -> str:
    return f"/api/{what}?{urlencode(query)}" if query else f"/api/{what}"


def _block(rng: random.Random) -> dict[str, str]:
    groups = rng.choice((1, 1, 1, 2, 4))
    query = {
        "block": rng.choice(("bottleneck", "bottleneck", "basic")),
        "in_channels": str(rng.choice((3, 16, 64, 64, 96, 256, 512, 1000))),
        "f1": str(groups * rng.choice((8, 16, 33, 64))),
        "f2": str(groups * rng.choice((8, 16, 33, 64))),
        "f3": str(rng.choice((64, 100, 256, 512))),
        "kernel_size": str(rng.choice((1, 3, 3, 5, 7))),
        "stride": str(rng.choice((1, 1, 2, 2, 3, 4))),
        "stride_at": rng.choice(("first", "middle")),
        "height": str(rng.choice((7, 14, 28, 56, 57, 224))),
        "width": str(rng.choice((7, 14, 28, 56, 33))),
        "conv_bias": rng.choice(("true", "false", "false")),
        "groups": str(groups),
        "pre_activation": rng.choice(("true", "false", "false")),
        "pool": rng.choice(("true", "false", "false")),
        "left": rng.choice(("identity", "zero_pad", "max_pool")),
        "unfolded": rng.choice(("true", "false", "false")),
        "shortcut": rng.choice(("identity", "projection", "projection", "pool_projection", "zero_pad", "max_pool")),
    }
    if query["block"] == "basic":
        query["groups"] = "1"
    return dict(rng.sample(sorted(query.items()), rng.randint(0, len(query)))) | {"groups": query["groups"]} | {
        key: query[key] for key in ("block", "f1", "f2")
    }  # fmt: skip


def _network(rng: random.Random) -> dict[str, str]:
    query = {
        "network": rng.choice(("resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "cifar_resnet20",
                               "keras_resnet50", "keras_resnet50v2", "course_resnet50")),
        "variant": rng.choice(("v1", "v1.5", "d", "v2")),
        "shortcut_option": rng.choice(("A", "B", "C")),
        "height": str(rng.choice((64, 97, 224))),
        "width": str(rng.choice((64, 160, 224))),
        "num_classes": str(rng.choice((2, 10, 1000))),
        "quantity": rng.choice(("params", "macs", "activation_bytes", "receptive_field")),
        "at": "layer2.0",
    }  # fmt: skip
    return {"network": query["network"]} | dict(rng.sample(sorted(query.items()), rng.randint(0, 6)))


def _notation(rng: random.Random) -> dict[str, str]:
    query = {"axes": "nchw", "counting": "keras", "unit": "flops"}
    return dict(rng.sample(sorted(query.items()), rng.choice((0, 0, 1, 2, 3))))


_WRONG_OF_BLOCKS = (
    ("stride", "9"), ("stride", "two"), ("kernel_size", "4"), ("f1", "0"), ("f3", "8193"), ("in_channels", "1e9"),
    ("height", "-1"), ("block", "none"), ("shortcut", "nothing"), ("left", "projection"), ("conv_bias", "maybe"),
    ("unfolded", ""), ("origin", 400 * "x"), ("chosen", "<b>"), ("strid", "2"), ("axes", "hwc"), ("unit", "ops"),
    ("groups", "5"),
)  # fmt: skip
_WRONG_OF_NETWORKS = (
    ("network", "resnet51"), ("variant", "v3"), ("shortcut_option", "D"), ("height", "0"), ("width", "4097"),
    ("num_classes", "0"), ("quantity", "flops"), ("at", "layer9.9"), ("varient", "v1"), ("counting", "tf"),
)  # fmt: skip


def kept() -> dict[str, Kept]:
    return {address: Kept(*answer) for address, answer in json.loads(lzma.decompress(FILE.read_bytes())).items()}


def main() -> None:
    answers = {address: ask(address) for address in addresses()}
    assert len(answers) == 300, "every address once"
    FILE.write_bytes(lzma.compress(json.dumps(answers).encode()))


if __name__ == "__main__":
    main()
