"""The page of any network, without a browser: what is asked for is shown, and a reader's file goes to nobody else."""

from __future__ import annotations

import lzma
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.component.model import Given
from pages.parts.html import model as html
from resnet.models.graph import residual_sums
from resnet.models.library import known
from resnet.models.stored import to_json
from resnet.views.model import ModelView
from tests.pages.opening import application, open_at

pytestmark = pytest.mark.slow  # seconds each: `make quick` leaves them out
RESNET18 = lzma.decompress((Path(__file__).parents[1] / "data" / "onnx" / "resnet18.onnx.xz").read_bytes())
open_model = partial(open_at, "model.py")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[html.Shown]:
    """What was shown, in order."""
    found: list[html.Shown] = []
    original = html.pictures

    def pictures(of: html.Shown) -> tuple[object, ...]:
        found.append(of)
        return original(of)

    monkeypatch.setattr(html, "pictures", pictures)
    return found


def with_file(content: bytes, name: str, session: Mapping[str, object] | None = None) -> AppTest:
    """The page of a reader who has dropped a file."""
    app = application()
    app.session_state["own_model, dropped"] = Given(name, content, 50_000_000, len(content))
    for key, value in (session or {}).items():
        app.session_state[key] = value
    app.switch_page("model.py")
    return app.run()


def test_it_opens_on_a_network_that_ships(shown: list[html.Shown]) -> None:
    app = open_model()
    assert not app.exception
    assert shown[-1].view == ModelView()
    assert shown[-1].graph == known("mobilenet_v2")
    assert "10 residual sums: 10 identity" in html.title(shown[-1])[0].html


def test_every_control_reaches_the_picture(shown: list[html.Shown]) -> None:
    app = open_model()
    app.selectbox("model_model").select("resnet50-v1").run()
    app.selectbox("model_against").select("resnet50").run()
    app.selectbox("model_measure").select("macs").run()
    assert app.toggle("model_unfolded").disabled  # there is no block yet
    assert not app.exception
    assert shown[-1].view == ModelView(model="resnet50-v1", against="resnet50", measure="macs")
    assert shown[-1].other == known("resnet50")


def test_another_network_opens_no_block(shown: list[html.Shown]) -> None:
    app = open_model(model="resnet50", sum="3")
    assert shown[-1].chosen == residual_sums(known("resnet50"))[2]
    app.selectbox("model_model").select("vit_b_32").run()
    assert not app.exception
    assert shown[-1].chosen is None


def test_the_block_that_it_is_aligned_with_stands_beside_it(shown: list[html.Shown]) -> None:
    open_model(model="resnet50", against="resnet101", sum="16")
    assert shown[-1].theirs is not None
    assert shown[-1].theirs.name == "layer4.2"  # the 33rd of the other
    assert len(html.block(shown[-1])) == 3


@pytest.mark.parametrize("name", ["mine.onnx", "mine.json"])
def test_a_readers_file_is_shown_and_stays_theirs(name: str, shown: list[html.Shown]) -> None:
    content = RESNET18 if name.endswith("onnx") else to_json(known("resnet18")).encode()
    kept = [html._for_everybody.cache_info().currsize, html._aligned.cache_info().currsize]
    app = with_file(content, name, {"model_against": "resnet34"})
    assert not app.exception
    assert len(residual_sums(shown[-1].graph)) == 8
    assert shown[-1].memory is not None
    assert [html._for_everybody.cache_info().currsize, html._aligned.cache_info().currsize] == kept
    assert {"The graph, to open again: JSON", "The picture: SVG"} <= set(app.selectbox("own_what").options)
    app.button("own_model_away").click().run()
    assert not app.exception
    assert shown[-1].graph == known("mobilenet_v2")


@pytest.mark.parametrize(("content", "says"), [(b"\x89PNG", "a PNG picture"), (b"", "empty"), (b"{}", "other JSON")])
def test_what_can_t_be_read_gets_a_sentence_and_the_page_stays(
    content: bytes, says: str, shown: list[html.Shown]
) -> None:
    app = with_file(content, "picture.onnx")
    assert not app.exception
    (error,) = app.error
    assert says in error.value and error.value.endswith(".")
    assert shown[-1].graph == known("mobilenet_v2")


def test_every_operation_has_its_shape(shown: list[html.Shown]) -> None:
    """Of an encoder block, where torch has the positions in front of the batch for a while."""
    open_model(model="vit_b_32", sum="1")
    table = html.block(shown[-1])[1].html
    rows = dict(re.findall(r'<th scope="row">(.*?)<small>.*?</th><td>(.*?)</td>', table))
    assert rows == {
        "LayerNorm": "50 × 768",
        "linear layer, 2,304": "50 × 1 × 2304",
        "slice": "50 × 1 × 768",
        "softmax(q·k)·v": "12 × 50 × 64",
        "linear layer, 768": "50 × 768",
        "addition": "50 × 768",
    }


def test_a_number_that_is_no_block_opens_none(shown: list[html.Shown]) -> None:
    app = open_model(sum="999")
    assert not app.exception
    assert shown[-1].chosen is None
