"""One pixel in real numbers: that it is what a real forward pass gives, and that its picture shows these numbers."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
import torch
from torch import nn

from resnet import BlockSpec, trace
from resnet.draw.palette import LIGHT
from resnet.draw.pixel import MOST, mixing, one_pixel
from resnet.draw.render import render_svg
from resnet.modules.blocks import build
from resnet.run.pixel import SIDE, mixed, pixel
from resnet.run.refusal import refusal
from resnet.spec.errors import SpecError

PADDED, PROJECTED, BARE = (BlockSpec(shortcut=one) for one in ("zero_pad", "projection", "identity"))


def drawn(spec: BlockSpec) -> tuple[nn.Module, torch.Tensor]:
    """The block and its input, made once more from the same seed, by hand."""
    small = replace(spec, height=SIDE * spec.stride, width=SIDE * spec.stride)
    torch.manual_seed(0)
    x = torch.relu(torch.randn(1, small.in_channels, small.height, small.width))
    block = build(small).eval()
    torch.manual_seed(0)
    for layer in block.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return block, x


def random_spec(choose: random.Random) -> BlockSpec:
    """Half of them can be added."""
    inside = choose.choice((4, 8, 12))
    filters = choose.choice(((inside, inside), (inside, inside, choose.choice((16, 24, 32)))))
    return BlockSpec(
        in_channels=choose.choice((8, 16, filters[-1])),
        filters=filters,
        stride=choose.choice((1, 1, 2, 3)),
        kernel_size=choose.choice((1, 3, 5)),
        shortcut=choose.choice(("identity", "projection", "zero_pad", "pool_projection", "max_pool")),
        pre_activation=choose.random() < 0.3,
        stride_at=choose.choice(("first", "middle")) if len(filters) == 3 else "middle",
        conv_bias=choose.random() < 0.3,
    )


@pytest.mark.slow
def test_two_hundred_blocks_are_what_torch_gives() -> None:
    choose, seen, refused = random.Random(11), 0, 0
    while seen < 200:
        try:
            spec = random_spec(choose)
            p = pixel(spec, 2, 3)
        except SpecError:
            continue
        seen += 1
        assert bool(p.message) == (not trace(spec).possible)
        block, x = drawn(spec)
        if p.message:
            refused += 1
            assert p.total == ()
            main, shortcut = trace(spec).addition.in_shapes
            assert (len(p.main), len(p.brought)) == (main[0], shortcut[0])
            if not trace(spec).problem.broadcasts:
                with pytest.raises(RuntimeError, match=re.escape(p.message[:20])):
                    block(x)
            continue
        summed = torch.tensor(p.main) + torch.tensor(p.brought)  # torch adds, not we
        assert torch.allclose(summed, torch.tensor(p.total), atol=1e-5)
        result = block(x).detach()[0, :, 2, 3]
        expected = torch.tensor(p.total) if spec.pre_activation else torch.relu(torch.tensor(p.total))
        assert torch.allclose(result, expected, atol=1e-5), spec
    assert 20 < refused < 180


def test_the_projection_is_its_weights_times_what_it_reads() -> None:
    p = pixel(PROJECTED)
    assert p.projection and (len(p.x), len(p.brought), len(p.projection.gives)) == (64, 256, 256)
    for channel in range(256):
        by_hand = torch.tensor(p.projection.weights(channel)) @ torch.tensor(p.x)
        assert p.projection.gives[channel] == pytest.approx(by_hand.item(), abs=1e-5)
        # BatchNorm before any training divides by √(1 + 10⁻⁵), no more
        assert p.brought[channel] == pytest.approx(by_hand.item() / (1 + 1e-5) ** 0.5, abs=1e-5)


def test_any_1x1_can_be_looked_into() -> None:
    spec = BlockSpec(in_channels=16, filters=(8, 8, 32), stride=2, conv_bias=True)
    block, x = drawn(spec)
    inside: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
    for name in ("conv1", "conv3", "downsample.0"):
        block.get_submodule(name).register_forward_hook(
            lambda _, given, result, name=name: inside.__setitem__(name, (given[0], result))
        )
    block(x)
    for name, (_, result) in inside.items():
        seen = mixed(spec, name, 2, 3)
        step = result.shape[-1] // SIDE  # conv1 of v1.5 has the larger map
        for channel in range(len(seen.gives)):
            expected = result[0, channel, 2 * step, 3 * step].item()
            assert seen.gives[channel] == pytest.approx(expected, abs=1e-5), name
            by_hand = torch.tensor(seen.weights(channel)) @ torch.tensor(seen.read)
            assert by_hand.item() == pytest.approx(expected, abs=1e-5), name
    assert mixed(spec, "conv2") is None  # 3×3
    assert mixed(spec, "bn1") is None and mixed(spec, "no such layer") is None


def test_the_three_repairs_share_x_and_the_main_path() -> None:
    bare, padded, projected = map(pixel, (BARE, PADDED, PROJECTED))
    assert bare.x == padded.x == projected.x
    assert bare.main == padded.main == projected.main
    assert padded.brought == (*padded.x, *[0.0] * 192)
    assert padded.total[64:] == padded.main[64:]  # 0 + F(x) is F(x)


def test_a_strided_shortcut_reads_every_second_pixel() -> None:
    spec = BlockSpec(in_channels=16, filters=(8, 8, 32), stride=2)
    _, x = drawn(spec)
    assert pixel(spec, 2, 3).x == tuple(x[0, :, 4, 6].tolist())


def test_too_many_channels_are_a_sentence() -> None:
    with pytest.raises(SpecError, match="at most 1,024, where real numbers are shown"):
        pixel(BlockSpec(in_channels=2048, filters=(8, 8, 64)))


def test_nothing_is_left_of_the_seed() -> None:
    torch.manual_seed(5)
    before = torch.rand(1)
    torch.manual_seed(5)
    pixel(BlockSpec(in_channels=8, filters=(4, 4, 8), shortcut="identity"), 3, 3)
    assert torch.rand(1) == before


# the picture


def words(svg: str) -> list[str]:
    return [text for text in ET.fromstring(svg).itertext() if text.strip()]


def squares(svg: str) -> int:
    return sum(path.get("d", "").count("z") for path in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}path"))


def test_the_identity_leaves_192_alone() -> None:
    before, after = (one_pixel(BARE, tried=tried) for tried in (False, True))
    assert "192 missing" in words(before) and "192 missing" in words(after)
    assert "?" in words(before) and "no sum" not in words(before)
    assert "no sum" in words(after) and "?" not in words(after)
    plus = [next(one for one in ET.fromstring(svg).iter() if one.text == "+").get("fill") for svg in (before, after)]
    assert plus == [LIGHT.ink, LIGHT.alarm]
    assert squares(before) == squares(after) == 64 + 256


def test_zeros_are_empty_cells() -> None:
    shown = one_pixel(PADDED)
    assert "64, then 192 zeros" in words(shown)
    assert squares(shown) == 3 * 256
    assert shown.count("#e3f0f9") >= 1  # the empty cells' colour


@pytest.mark.parametrize("channel", [0, 17, 255])
def test_a_channel_is_its_64_products(channel: int) -> None:
    p = pixel(PROJECTED)
    shown = words(one_pixel(PROJECTED, channel=channel + 1))
    number = p.projection.gives[channel]
    assert f"= channel {channel + 1}" in shown
    assert any(text.replace("−", "-") == f"{number:.2f}" for text in shown)
    last = mixing(p.last, "F(x)", channel=channel + 1)
    assert any(text.replace("−", "-") == f"{p.last.gives[channel]:.2f}" for text in words(last))


def test_the_strongest_colours_are_the_largest_numbers() -> None:
    p = pixel(PADDED)
    root = ET.fromstring(one_pixel(PADDED))
    fills = {path.get("fill") for path in root.iter("{http://www.w3.org/2000/svg}path")}
    assert {"#009e73", "#cc4f92"} <= fills  # above and below zero
    strong = [path for path in root.iter("{http://www.w3.org/2000/svg}path") if path.get("fill-opacity") == "1"]
    usual = (sum(v * v for v in p.main) / len(p.main)) ** 0.5
    many = sum(abs(v) >= 2.5 * usual * 15 / 16 for values in (p.main, p.x, p.total) for v in values)
    assert sum(path.get("d").count("z") for path in strong) == many


@pytest.mark.parametrize("file_format", ["svg", "pdf", "png"])
def test_every_state_can_be_taken_away(file_format: str) -> None:
    for spec, channel in ((BARE, 1), (PADDED, 1), (PROJECTED, 3)):
        assert len(render_svg(one_pixel(spec, channel=channel), file_format)) > 5000


def test_more_channels_than_can_be_drawn_are_cut_and_said() -> None:
    spec = BlockSpec(in_channels=64, filters=(8, 8, 512))
    shown = words(one_pixel(spec, channel=300))
    assert f"the first {MOST} of 512 numbers" in shown
    assert f"= channel {MOST}" in shown  # the last that is drawn


def test_keras_says_it_in_its_words_where_it_is_installed() -> None:
    main, x = trace(BARE).addition.in_shapes
    assert refusal(main, main) is None and refusal(main, main, keras=True) is None
    assert refusal(main, x).words == trace(BARE).problem.message
    keras = refusal(main, x, keras=True)
    assert keras.words.endswith("Received shapes (56, 56, 256) and (56, 56, 64)")
    pytest.importorskip("keras")
    assert keras.who == "Keras says"
