"""What a file says of itself, read by a program that did not make it."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from resnet import BlockSpec, diagram, diagram_pair, network, render, trace, trace_network
from resnet.draw.network import network_diagram
from resnet.draw.sketch import sketch
from tests.api.kept import answer_to

T, BARE = trace(BlockSpec(stride=2)), trace(BlockSpec(stride=2, shortcut="identity"))


def title(pdf: bytes) -> str:
    return str(PdfReader(io.BytesIO(pdf)).metadata.title)


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (diagram(T), "Convolutional block, s = 2"),
        (diagram_pair(BARE, T), "Identity block, s = 2; Convolutional block, s = 2"),
        (sketch(T), "Convolutional block, s = 2"),
        (network_diagram(trace_network(network("resnet18"))), "ResNet-18 v1.5, option B"),
    ],
    ids=["block", "pair", "sketch", "network"],
)
def test_a_pdf_has_the_title_of_its_figure(graph: object, words: str) -> None:
    assert title(render(graph, "pdf")) == words


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (1, "What comes in (step 1 of 6)"),
        (3, "Why a repair at all? (step 3 of 6)"),
        (5, "Two switches, not one (step 5 of 6)"),
    ],
)
def test_so_has_a_step_of_the_story(step: int, words: str) -> None:
    assert title(answer_to(f"/api/story.pdf?step={step}").body) == words
