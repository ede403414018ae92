"""Why blocks and networks are built as they are."""

from __future__ import annotations

from resnet import text
from resnet.lessons.evidence import ON_DEPTH
from resnet.lessons.questions.answer import (
    HE_2015,
    QUESTION,
    TORCHVISION,
    ZERO_GAMMA,
    Answered,
    Fact,
    OfBlock,
    OfNetwork,
    Question,
    network_traced,
    traced,
)
from resnet.numbers.arithmetic import conv_weights, output_size
from resnet.spec.block import BlockSpec
from resnet.spec.catalogue import network
from resnet.spec.conventions import Conventions


def add_or_concatenate(c: Conventions) -> Answered:
    t = traced(BlockSpec(in_channels=256, shortcut="identity"), c)
    channels = t.addition.in_shapes[0][0]
    return Answered(
        answer=(
            "A sum keeps the number of channels, so blocks can be stacked, however many; it needs equal shapes, which is what the "
            "projection is for. Concatenating, putting the channels of one behind those of the other, is what DenseNet does: only "
            "height and width have to match, and the channels grow from layer to layer."
        ),
        facts=(
            Fact("channels of x + F(x), identity block", str(channels)),
            Fact("channels if x and F(x) were concatenated", str(t.addition.in_shapes[1][0] + channels)),
        ),
        source=f"{HE_2015}, §3.2; Huang et al. 2016, arXiv 1608.06993",
        see=OfBlock(BlockSpec(in_channels=256)),
        blocks=(("Identity block", t),),
    )


def vanishing_gradients(_: Conventions) -> Answered:
    return Answered(
        answer=(
            "That is not its aim. Its paper targets degradation: a deeper plain network (without shortcuts) trains to a higher error "
            "than a shallower one, and with shortcuts it does not. §4.1 says that "
            "vanishing gradients are unlikely to be the cause: BatchNorm keeps the signals alive in the plain network too, and its gradients were healthy."
        ),
        facts=tuple(Fact(f"{one.what}, {one.setting}", f"{one.value} % {one.measure}") for one in ON_DEPTH),
        source=f"{HE_2015}, §4.1, tables 2 and 3",
        see=OfNetwork(network("resnet34")),
    )


def cifar_or_imagenet(c: Conventions) -> Answered:
    cifar, imagenet = network_traced(c, "cifar_resnet20"), network_traced(c, "resnet18")
    return Answered(
        answer=(
            "Different networks. The paper’s for CIFAR-10 has three stages of 16, 32 and 64 channels, no pool in the stem and "
            "zero padding instead of projections; torchvision’s has four, of 64, 128, 256 and 512."
        ),
        facts=(
            Fact("CIFAR ResNet-20, parameters", text.count(c.params(cifar))),
            Fact("ResNet-18, parameters", text.count(c.params(imagenet))),
            Fact("projections, ResNet-20 and ResNet-18", f"{len(cifar.projections)} and {len(imagenet.projections)}"),
        ),
        source=f"{HE_2015}, §4.2",
        see=OfNetwork(network("cifar_resnet20")),
    )


def zero_gamma(c: Conventions) -> Answered:
    last = traced(QUESTION, c).on("main")[-1]
    return Answered(
        answer=(
            "With the scale of the last BatchNorm at 0, F(x) starts as 0: an identity block starts as the identity, and the "
            "network trains at first like a shallower one. A convolutional block then starts as its projection and a ReLU. In torchvision it is off unless asked for (zero_init_residual)."
        ),
        facts=(
            Fact("that BatchNorm", last.name),
            Fact("its scales γ", text.count(last.scale)),
        ),
        source=ZERO_GAMMA,
        see=OfBlock(QUESTION, chosen="right.conv3"),
    )


def why_a_bottleneck(c: Conventions) -> Answered:
    t = traced(BlockSpec(in_channels=256, shortcut="identity"), c)
    weights = sum(op.weights for op in t.ops)
    wide = 2 * conv_weights(3, 256, 256)
    return Answered(
        answer=(
            "A 3×3 on many channels is expensive: it is done on 64 of them, between a 1×1 that narrows and a 1×1 that widens again. "
            f"Two 3×3 on 256 channels would have {wide / weights:.0f} times the weights."
        ),
        facts=(
            Fact("weights of the bottleneck", text.count(weights)),
            Fact("weights of two 3×3 on 256 channels", text.count(wide)),
        ),
        source=f"{HE_2015}, §4.1 and figure 5",
        see=OfBlock(BlockSpec(in_channels=256)),
    )


def valid_or_same(_: Conventions) -> Answered:
    n = QUESTION.height
    return Answered(
        answer="At stride 1, and at any other, they are identical: a window of one pixel never looks over the edge, so there is nothing to pad.",
        facts=(
            Fact(f"‘valid’, from {n}", str(output_size(n, 1, 1, 0))),
            Fact(f"‘same’, from {n}", str(-(-n // 1))),
        ),
        source="Dumoulin & Visin 2016, arXiv 1603.07285, §2",
        see=OfBlock(QUESTION, chosen="right.conv1"),
    )


def one_relu(c: Conventions) -> Answered:
    t = traced(QUESTION, c)
    calls = [op for op in t.ops if op.kind == "relu"]
    return Answered(
        answer="It has no parameters, so one will do for a whole block. But a hook on that module sees every one of its calls, under one name.",
        facts=(
            Fact("calls of relu in this block", str(len(calls))),
            Fact("parameters", str(c.params(*calls))),
            Fact("modules", str(len({op.name.partition("_")[0] for op in calls}))),
        ),
        source=TORCHVISION,
        see=OfBlock(QUESTION, unfolded=True),
    )


QUESTIONS: tuple[Question, ...] = (
    Question(
        "why-add-and-not-concatenate",
        "Why add, and not concatenate?",
        add_or_concatenate,
        "densenet unet instead of adding",
    ),
    Question(
        "does-resnet-fix-vanishing-gradients",
        "Does ResNet fix vanishing gradients?",
        vanishing_gradients,
        "exploding gradient problem degradation purpose of resnet deep",
    ),
    Question(
        "cifar-resnet-or-torchvisions-resnet",
        "The CIFAR ResNet or torchvision’s ResNet?",
        cifar_or_imagenet,
        "resnet20 resnet32 resnet56 small images 32x32 cifar resnet18 3x3 stem",
    ),
    Question(
        "why-start-the-last-gamma-at-zero",
        "Why start the last γ at zero?",
        zero_gamma,
        "zero_init_residual initialise last batchnorm zero",
    ),
    Question(
        "why-256-64-256",
        "Why 256 → 64 → 256?",
        why_a_bottleneck,
        "bottleneck reduce 64 channels 1x1 3x3 1x1 purpose cheap",
    ),
    Question("valid-or-same-for-a-1x1", "‘valid’ or ‘same’ for a 1×1?", valid_or_same, "padding valid same kernel 1"),
    Question(
        "why-is-relu-one-module",
        "Why is the ReLU one module that is used again?",
        one_relu,
        "self.relu reused shared module inplace hook",
    ),
)
