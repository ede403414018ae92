"""Why there is a repair on a shortcut, and why it is a projection: two questions, with the evidence in both directions."""

from __future__ import annotations

from dataclasses import replace

from resnet import text
from resnet.lessons.evidence import CONVOLUTIONS, IDENTITIES, ON_SHORTCUTS, Published
from resnet.lessons.questions.answer import (
    HE_2015,
    HE_2016,
    QUESTION,
    Answered,
    Fact,
    OfBlock,
    OfNetwork,
    Question,
    network_traced,
    traced,
)
from resnet.numbers.arithmetic import conv_weights
from resnet.spec.catalogue import network
from resnet.spec.conventions import Conventions


def capacity(c: Conventions) -> Answered:
    t = network_traced(c)
    on_shortcuts = sum(c.params(*block.trace.on("shortcut")) for block in t.projections)
    return Answered(
        answer=(
            "Some, but that is not why it is there: without a repair the sum would not exist. Zeros would repair it too. "
            "For projections everywhere (option C) the authors do name the extra parameters as the reason why they are marginally better. "
            "Yet in ResNet-110 1×1 shortcuts, which can express more, have the higher error in training too: the trouble is optimisation."
        ),
        facts=(
            Fact(
                "parameters of the projection in stage 2", text.count(c.params(*t.projections[0].trace.on("shortcut")))
            ),
            Fact("of all projections, share of ResNet-50", text.share(on_shortcuts, c.params(t))),
            *(_error(one) for one in (*_options("B", "C"), IDENTITIES, CONVOLUTIONS)),
        ),
        source=f"{HE_2015}, §4.1 and table 3; {HE_2016}, §3.2 and table 1",
        see=OfNetwork(network("resnet50", shortcut_option="C")),
        pixel=QUESTION,
    )


def accuracy(_: Conventions) -> Answered:
    return Answered(
        answer=(
            "Slightly in ResNet-34; in ResNet-110, one on every shortcut does harm. In ResNet-34, on ImageNet, B (where needed) is "
            "slightly better than A (zeros), and C (everywhere) marginally better than B. The authors call the differences small, and "
            "projections not essential. In ResNet-110, on CIFAR-10, convolutions on every shortcut nearly double the error."
        ),
        facts=tuple(_error(one) for one in (*_options("A", "B", "C"), IDENTITIES, CONVOLUTIONS)),
        source=f"{HE_2015}, §4.1 and table 3; {HE_2016}, table 1",
        see=OfNetwork(network("resnet34", shortcut_option="C")),
    )


def zero_padding(c: Conventions) -> Answered:
    padded = replace(QUESTION, shortcut="zero_pad")
    t = traced(padded, c)
    pad = next(op for op in t.on("shortcut") if op.kind == "zero_pad")
    assert pad.out_shape is not None
    before, after = pad.in_shapes[0][0], pad.out_shape[0]
    return Answered(
        answer=(
            f"Yes: with {after - before} channels of zeros the sum exists, and costs no parameters (option A). But where x is 0, the result is "
            "F(x) alone: those channels have no residual learning, the authors’ reason why B is slightly better. "
            "Their networks for CIFAR-10 pad with zeros wherever channels grow."
        ),
        facts=(
            Fact("channels of zeros", f"{after - before} of {after}"),
            Fact("parameters of this shortcut", str(c.params(*t.on("shortcut")))),
            *(_error(one) for one in _options("A", "B")),
        ),
        source=f"{HE_2015}, §4.1, §4.2 and table 3",
        see=OfBlock(padded),
        pixel=padded,
    )


def why_256(c: Conventions) -> Answered:
    t = traced(QUESTION, c)
    convs = [op for op in t.on("main") if op.kind == "conv"]
    narrow, wide = convs[1].in_shapes[0][0], t.addition.in_shapes[0][0]
    return Answered(
        answer=(
            "So that much can flow from block to block while the costly 3×3 works on little. A bottleneck’s last 1×1 gives four times the "
            f"channels of its 3×3, {narrow} → {wide}. The later blocks of the stage get {wide} and give {wide}, so their shortcuts are "
            f"identities; only the first gets {t.in_shape[0]}, from the stem."
        ),
        facts=(
            Fact(f"weights of the 3×3, on {narrow} channels", text.count(convs[1].weights)),
            Fact(f"weights of a 3×3 on {wide} channels", text.count(conv_weights(QUESTION.kernel_size, wide, wide))),
            Fact("weights of the 1×1 that widens", text.count(convs[2].weights)),
        ),
        source=f"{HE_2015}, §4.1, “Deeper Bottleneck Architectures”",
        see=OfBlock(QUESTION, chosen="right.conv3"),
    )


def _options(*wanted: str) -> tuple[Published, ...]:
    return tuple(one for one in ON_SHORTCUTS if one.option in wanted)


def _error(one: Published) -> Fact:
    return Fact(f"{one.what}, {one.setting}", f"{one.value:.2f} % {one.measure}")


QUESTIONS: tuple[Question, ...] = (
    Question(
        "does-a-projection-add-capacity",
        "Does a projection add capacity?",
        capacity,
        "expressive power representational more parameters learn richer features nonlinearity purpose",
    ),
    Question(
        "does-a-projection-improve-accuracy",
        "Does a projection improve accuracy?",
        accuracy,
        "better performance error results option a b c compare ablation worth it",
    ),
    Question(
        "would-zero-padding-do",
        "Would zero padding do?",
        zero_padding,
        "option a pad channels zeros instead of 1x1 convolution parameter free shortcut lambda layer",
    ),
    Question(
        "why-does-the-block-widen-to-256",
        "Why does the block widen to 256?",
        why_256,
        "expansion 4 increase channels output 64 to 256 filters fourfold widening",
    ),
)
