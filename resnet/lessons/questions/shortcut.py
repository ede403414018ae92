"""What stands on a shortcut, and what does not."""

from __future__ import annotations

from dataclasses import replace

from resnet import text
from resnet.lessons.evidence import CONVOLUTIONS, IDENTITIES
from resnet.lessons.questions.answer import (
    HE_2016,
    KERAS,
    QUESTION,
    TORCHVISION,
    Answered,
    Fact,
    OfBlock,
    OfNetwork,
    Question,
    network_traced,
    traced,
)
from resnet.spec.catalogue import network
from resnet.spec.conventions import Conventions
from resnet.trace.words import layer


def residual_learning(c: Conventions) -> Answered:
    t = network_traced(c)
    plain = [block for block in t.blocks if block.kind == "identity"]
    identity, convolution = IDENTITIES, CONVOLUTIONS
    return Answered(
        answer=(
            f"Probably not in ResNet-50: only {len(t.projections)} of {len(t.blocks)} blocks have one. Replacing every identity is "
            f"another matter: in a ResNet of 110 layers, on CIFAR-10, the error was {convolution.value} % instead of {identity.value} %."
        ),
        facts=(
            Fact("convolutional blocks of ResNet-50", f"{len(t.projections)} of {len(t.blocks)}"),
            Fact(f"{identity.what}, {identity.setting}", f"{identity.value} % error"),
            Fact(f"{convolution.what}, {convolution.setting}", f"{convolution.value} % error"),
        ),
        source=f"{HE_2016}, table 1",
        see=OfNetwork(network("resnet50", shortcut_option="C")),
        blocks=(
            (f"{t.projections[0].name}, one of {len(t.projections)}", t.projections[0].trace),
            (f"{plain[0].name}, one of {len(plain)}", plain[0].trace),
        ),
    )


def no_relu_in_the_shortcut(c: Conventions) -> Answered:
    t = traced(QUESTION, c)
    before_sum = [t.ops[[op.name for op in t.ops].index(name)] for name in t.addition.reads]
    return Answered(
        answer=(
            "The shortcut should pass x on as it is, or at least linearly. And F(x) has to be able to lower a value as well as raise "
            "it: behind a ReLU it could only raise it."
        ),
        facts=(
            Fact("last in front of the ⊕, main path", layer(before_sum[0])),
            Fact("last in front of the ⊕, projection", layer(before_sum[1])),
            Fact("ReLUs behind the ⊕", str(sum(op.kind == "relu" for op in t.on("joined")))),
        ),
        source=f"{HE_2016}, §4.1",
        see=OfBlock(QUESTION, unfolded=True),
    )


def batchnorm_in_the_projection(c: Conventions) -> Answered:
    t = traced(QUESTION, c)
    norm = next(op for op in t.on("shortcut") if op.kind == "batchnorm")
    pre = traced(replace(QUESTION, pre_activation=True), c)
    return Answered(
        answer=(
            "Not for the shape: it changes none. It normalises W x, as the main path’s last BatchNorm normalises F(x). In v2, where "
            "BatchNorm and ReLU stand in front of each convolution, the projection has none."
        ),
        facts=(
            Fact("its parameters", text.count(c.params(norm))),
            Fact("into it and out of it", f"{c.shape(norm.in_shapes[0])} → {c.shape(norm.out_shape)}"),
            Fact("BatchNorms in the projection of v2", str(sum(op.kind == "batchnorm" for op in pre.on("shortcut")))),
        ),
        source=f"{TORCHVISION}; {KERAS}",
        see=OfBlock(QUESTION, chosen="right.downsample.0"),
    )


QUESTIONS: tuple[Question, ...] = (
    Question(
        "does-a-projection-defeat-residual-learning",
        "Does a projection defeat residual learning?",
        residual_learning,
        "gradient flow blocked identity mapping broken 1x1 on skip bad harm hurt",
    ),
    Question(
        "why-no-relu-in-the-shortcut",
        "Why is there no ReLU in the shortcut, nor right before the addition?",
        no_relu_in_the_shortcut,
        "activation after addition before add position nonlinearity relu placement",
    ),
    Question(
        "why-batchnorm-in-the-projection",
        "Why is there a BatchNorm in the projection?",
        batchnorm_in_the_projection,
        "bn on skip normalise shortcut downsample batchnorm2d",
    ),
)
