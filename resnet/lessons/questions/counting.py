"""Why totals differ, and what is counted."""

from __future__ import annotations

from dataclasses import replace

from resnet import text
from resnet.lessons.questions.answer import (
    HE_2015,
    KERAS,
    QUESTION,
    TORCHVISION,
    Answered,
    Fact,
    OfBlock,
    OfNetwork,
    Question,
    network_traced,
)
from resnet.numbers.counting import folded, ladder, reconcile
from resnet.spec.catalogue import network
from resnet.spec.conventions import DEFAULT, UNITS, Conventions


def keras_and_pytorch(_: Conventions) -> Answered:
    found = reconcile(network("resnet50"))
    return Answered(
        answer=(
            "Keras counts BatchNorm’s running means and variances as parameters that are not trained, and gives each convolution "
            "a bias. All other parameters are the same."
        ),
        facts=(
            Fact("PyTorch", text.count(found.start.amount)),
            *(Fact(term.name, text.difference(term.amount)) for term in found.terms),
            Fact("Keras", text.count(found.end)),
        ),
        source=f"{KERAS}; {TORCHVISION}",
        see=OfNetwork(network("resnet50")),
    )


def no_bias(_: Conventions) -> Answered:
    biases = reconcile(network("resnet50")).term("biases").amount
    t = network_traced(DEFAULT)
    return Answered(
        answer=(
            "BatchNorm subtracts each channel’s mean, and any bias with it; its own shift β takes the place of the bias. A bias there is "
            "memory without effect. Where no BatchNorm follows, as behind some convolutions of v2, a bias does have an effect. "
            "Exporters do the reverse and fold each BatchNorm into its convolution as weights and biases."
        ),
        facts=(
            Fact("biases that ResNet-50 saves", text.count(biases)),
            Fact("share of its parameters", text.percent(biases, t.params).lstrip("+")),
            Fact("shifts β that it has", text.count(sum(op.shift for op in t.ops))),
            Fact("ResNet-50 with BatchNorm folded into its convolutions", text.count(folded(t))),
        ),
        source="Ioffe & Szegedy 2015, arXiv 1502.03167, §3.2",
        see=OfBlock(replace(QUESTION, conv_bias=True)),
    )


def which_flops(_: Conventions) -> Answered:
    rungs = ladder(network("resnet50"))
    return Answered(
        answer=(
            "All, counted differently: where the stride stands, what is counted, and whether a multiply and an add are "
            f"one operation or two. The paper prints 3.8 for v1, which has {text.giga(rungs[0].amount)} multiply-adds. Name the unit with the number."
        ),
        facts=tuple(
            Fact(
                f"{rung.built}{', BatchNorm, ReLU, pools too' if rung.everything else ''}, {UNITS[rung.unit].plural}",
                text.giga(rung.amount),
            )
            for rung in rungs
        ),
        source=f"{HE_2015}, table 1; {TORCHVISION}",
        see=OfNetwork(network("resnet50"), quantity="macs"),
    )


def why_50(c: Conventions) -> Answered:
    t = network_traced(c)
    convolutions = sum(op.kind == "conv" for op in t.ops)
    main = sum(op.kind == "conv" for block in t.blocks for op in block.trace.on("main"))
    return Answered(
        answer=(
            "One convolution in the stem, three in each block’s main path, one linear layer at the end. The projections, the "
            "BatchNorms and the pools are not counted."
        ),
        facts=(
            Fact("stem + main paths + linear layer", f"1 + {main} + 1 = {main + 2}"),
            Fact("blocks", str(len(t.blocks))),
            Fact("convolutions in all, projections included", str(convolutions)),
        ),
        source=f"{HE_2015}, table 1",
        see=OfNetwork(network("resnet50")),
    )


QUESTIONS: tuple[Question, ...] = (
    Question(
        "why-keras-counts-more-than-pytorch",
        "Why does Keras count more parameters than PyTorch for ResNet-50?",
        keras_and_pytorch,
        "25.6 25.5 m 25,636,712 25,557,032 summary total number of parameters differ non-trainable torchinfo",
    ),
    Question(
        "why-bias-false", "Why bias=False in front of BatchNorm?", no_bias, "convolution bias false redundant beta"
    ),
    Question(
        "3-8-4-1-or-8-2-gflops",
        "3.8, 4.1 or 8.2 GFLOPs?",
        which_flops,
        "gflops resnet50 multiply adds macs thop fvcore different 4.1 8.2 3.8",
    ),
    Question("why-50", "Why “50”?", why_50, "name called count layers how many layers number fifty 53 convolutions"),
)
