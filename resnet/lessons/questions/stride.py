"""Where stage 2's stride is, and where strides go."""

from __future__ import annotations

from dataclasses import replace

from resnet import text
from resnet.lessons.questions.answer import (
    HE_2015,
    KERAS,
    QUESTION,
    STRIDED,
    TORCHVISION,
    TRICKS,
    Answered,
    Fact,
    OfBlock,
    OfNetwork,
    Question,
    network_traced,
    traced,
)
from resnet.numbers.arithmetic import unread
from resnet.spec.catalogue import network
from resnet.spec.conventions import Conventions


def why_stride_1(c: Conventions) -> Answered:
    t, bare = traced(QUESTION, c), traced(replace(QUESTION, shortcut="identity"), c)
    assert bare.problem is not None
    main, shortcut = bare.problem.main_shape, bare.problem.shortcut_shape
    return Answered(
        answer=(
            f"Because the channels change, not because the size does: the block gets {shortcut[0]} channels and its main path gives "
            f"{main[0]}, so x and F(x) can’t be added. The 1×1 convolution on the shortcut turns {shortcut[0]} channels into "
            f"{main[0]}. Its stride is 1 since the max-pool in front has already halved the map."
        ),
        facts=(
            Fact("x", c.shape(shortcut)),
            Fact("F(x)", c.shape(main)),
            Fact("parameters of the projection", text.count(c.params(*t.on("shortcut")))),
        ),
        source=f"{HE_2015}, §3.2",
        see=OfBlock(QUESTION),
        blocks=(("First block of stage 2", t),),
    )


def resnet18_has_none(c: Conventions) -> Answered:
    deep, shallow = (network_traced(c, name).blocks[0] for name in ("resnet50", "resnet18"))
    return Answered(
        answer=(
            "A bottleneck (1×1, 3×3, 1×1: ResNet-50’s block) ends with four times the channels of its 3×3; a basic block (two 3×3, in "
            "ResNet-18) does not. So the first block of stage 2 "
            "changes channels in ResNet-50 and changes nothing in ResNet-18. “Downsample” is torchvision’s name for the "
            "projection, also where it keeps the size."
        ),
        facts=(
            Fact("ResNet-50, layer1.0", f"{deep.in_shape[0]} → {deep.out_shape[0]} channels, {deep.kind}"),
            Fact("ResNet-18, layer1.0", f"{shallow.in_shape[0]} → {shallow.out_shape[0]} channels, {shallow.kind}"),
        ),
        source=TORCHVISION,
        see=OfNetwork(network("resnet18")),
        blocks=(("ResNet-50, layer1.0", deep.trace), ("ResNet-18, layer1.0", shallow.trace)),
    )


def no_stride_in_stage_2(c: Conventions) -> Answered:
    t = network_traced(c)
    pool = next(op for op in t.stem if op.kind == "maxpool")
    assert pool.out_shape is not None
    return Answered(
        answer=(
            "The max-pool in front of it has already halved the map. The later stages have no pool in front of them, so their first "
            "block has stride 2."
        ),
        facts=(
            Fact("into the max-pool", c.shape(pool.in_shapes[0])),
            Fact("into stage 2", c.shape(pool.out_shape)),
            Fact("out of stage 2", c.shape(t.stage(2)[-1].out_shape)),
        ),
        source=f"{HE_2015}, table 1",
        see=OfNetwork(network("resnet50"), quantity="activation_bytes"),
    )


def thrown_away(_: Conventions) -> Answered:
    n = STRIDED.height
    kept = n - len(unread(n, 1, 2, 0))
    return Answered(
        answer=(
            "On the shortcut, yes: it reads every second row and every second column, and nothing else. In v1 the main path’s first 1×1 "
            "has the stride and reads no more; in v1.5 the 3×3 has it, and reads every pixel. ResNet-D puts an average pool in front of "
            "the projection, so that every pixel counts there as well."
        ),
        facts=(
            Fact(f"pixels read of {n} × {n}", f"{kept} × {kept}"),
            Fact("share that is never read", f"{100 * (1 - kept**2 / n**2):.0f} %"),
            Fact("rows that the 3×3 of stride 2 never reads", str(len(unread(n, 3, 2, 1)))),
        ),
        source=f"{TRICKS}, §4",
        see=OfBlock(replace(STRIDED, shortcut="pool_projection")),
    )


def where_the_stride_goes(c: Conventions) -> Answered:
    v1, v15 = (network_traced(c, variant=variant) for variant in ("v1", "v1.5"))
    return Answered(
        answer=(
            "Into the first 1×1 in v1 (the paper, Keras, the courses), into the 3×3 in v1.5 (torchvision), into the last block "
            "of a stage in TF-slim and Keras V2. Shapes and parameters are the same in v1 and v1.5; the number of operations is not."
        ),
        facts=(
            Fact(f"v1, {c.operation.plural}", text.giga(c.operations(v1))),
            Fact(f"v1.5, {c.operation.plural}", text.giga(c.operations(v15))),
            Fact("difference in parameters", text.difference(c.params(v15) - c.params(v1))),
        ),
        source=f"{TORCHVISION}; {KERAS}",
        see=OfBlock(replace(STRIDED, stride_at="first")),
    )


QUESTIONS: tuple[Question, ...] = (
    Question(
        "why-a-convolutional-block-with-stride-1",
        "Why does stage 2 start with a convolutional block of stride 1?",
        why_stride_1,
        "not an identity block conv block first block size of tensor a 256 must match b 64 dimension mismatch error shortcut first block conv2_x same size reason",
    ),
    Question(
        "why-resnet50-has-a-downsample-there-and-resnet18-not",
        "Why does ResNet-50’s layer1.0 have a downsample, and ResNet-18’s not?",
        resnet18_has_none,
        "resnet18 resnet50 layer1 1x1 convolution shortcut difference basic block bottleneck",
    ),
    Question(
        "why-no-stride-in-stage-2",
        "Why is there no stride in stage 2?",
        no_stride_in_stage_2,
        "max pool already halves size stays 56 downsampling first stage",
    ),
    Question(
        "does-a-1x1-of-stride-2-throw-away-its-input",
        "Does a 1×1 convolution of stride 2 throw away three quarters of its input?",
        thrown_away,
        "information loss discards pixels kernel size 1 skips ignores values checkerboard resnet-d average pool",
    ),
    Question(
        "where-does-the-stride-go",
        "Where does the stride go?",
        where_the_stride_goes,
        "v1 v1.5 stride in 3x3 or 1x1 first convolution torchvision paper difference stride position",
    ),
)
