"""The field's words, each in one sentence, for a reader who knows what a convolution is.

terms_in(text) -> the terms that occur in it, in the order in which they are explained here
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class Term(NamedTuple):
    """``also`` are other forms under which it occurs."""

    name: str
    meaning: str
    also: tuple[str, ...] = ()


GLOSSARY: tuple[Term, ...] = (
    Term("PyTorch", "A library for networks; torchvision is its collection of ready ones.", ("torchvision",)),
    Term("Keras", "Another library for networks, with ready ones as well; TF-slim is an older one.", ("TF-slim",)),
    Term("block", "A few layers, and a way around them. A ResNet is a chain of blocks."),
    Term("main path", "The convolutions of a block: they compute F(x) from what comes in, x."),
    Term("shortcut", "The way of x around the main path, to where the two are added."),
    Term("⊕", "The addition x + F(x), number by number. It needs equal shapes.", ("x + F(x)", "sum", "summands")),
    Term("identity block", "A block whose shortcut passes x on as it is.", ("identity", "identity shortcuts")),
    Term("convolutional block", "A block with a 1×1 convolution on its shortcut.", ("convolutional",)),
    Term(
        "projection",
        "The 1×1 convolution on a shortcut, which gives x the shape of F(x). torchvision calls it downsample.",
        ("downsample",),
    ),
    Term("bottleneck", "A main path of three convolutions: 1×1 to fewer channels, 3×3, 1×1 to more of them."),
    Term("basic block", "A main path of two 3×3 convolutions."),
    Term("option A", "Where shapes differ, x is filled up with channels of zeros.", ("zero padding",)),
    Term(
        "stage",
        "A group of blocks whose maps have one size. Stage 2 is the first; what stands in front of it is the stem.",
        ("stem",),
    ),
    Term("layer1.0", "torchvision’s name for the first block of stage 2."),
    Term("stride", "How many pixels a window moves at a time. Stride 2 halves height and width.", ("strides",)),
    Term(
        "pool", "A layer that makes one number of each window: a max-pool takes the largest, an average pool the mean."
    ),
    Term(
        "padding", "Zeros around a map. ‘same’: so many that stride 1 keeps its size; ‘valid’: none.", ("pad", "‘same’")
    ),
    Term(
        "BatchNorm",
        "Brings each channel to mean 0 and variance 1 and then to a learnt scale γ and shift β. It measures mean and "
        "variance while training and keeps running averages of them for later.",
        ("γ", "β", "BN", "running statistics"),
    ),
    Term("ReLU", "Turns negative numbers into 0."),
    Term("bias", "One number for each channel that a convolution adds to its result.", ("biases", "bias=False")),
    Term("multiply-add", "One multiplication and one addition, the work of one weight at one pixel; MAC for short."),
    Term("FLOPs", "Multiplications and additions, each counted for itself.", ("GFLOPs",)),
    Term(
        "pre-activation",
        "v2: BatchNorm and ReLU stand in front of each convolution, not behind it.",
        ("v2", "Keras V2"),
    ),
    Term("v1", "Version of ResNet-50: its blocks stride in the first 1×1; in v1.5 they stride in the 3×3.", ("v1.5",)),
    Term("ResNet-D", "v1.5 with an average pool in front of a projection that would stride."),
    Term("residual learning", "The layers learn F(x), what has to be added to x, and not the whole result."),
    Term("degradation", "A deeper network reaches a higher error, in training too, than a shallower one."),
    Term("plain", "The same network without shortcuts.", ("plain network",)),
    Term("vanishing gradients", "Gradients that shrink from layer to layer, until the first layers hardly learn."),
    Term("DenseNet", "A network whose layers put their results beside their inputs (concatenate) and do not add."),
    Term("linear layer", "Every output is a weighted sum of all inputs."),
    Term("hook", "A function of one’s own that PyTorch calls whenever a module has run."),
    Term("CIFAR-10", "Small pictures, 32 × 32, in 10 classes.", ("CIFAR",)),
    Term(
        "ImageNet", "Photographs in 1,000 classes. Top-1 error: the first guess is wrong; 10-crop: over ten cut-outs."
    ),
)


def terms_in(text: str) -> tuple[Term, ...]:
    """The terms that occur, whatever their case, in singular or plural, and those that explain them."""
    found: set[str] = set()
    while True:
        more = {term.name for term in GLOSSARY if term.name not in found and _pattern(term).search(text)}
        if not more:
            return tuple(term for term in GLOSSARY if term.name in found)
        found |= more
        text = " ".join(term.meaning for term in GLOSSARY if term.name in more)


@lru_cache(maxsize=len(GLOSSARY))
def _pattern(term: Term) -> re.Pattern[str]:
    forms = "|".join(re.escape(form) for form in (term.name, *term.also))
    return re.compile(rf"(?<![\w.])(?:max-|average )?(?:{forms})s?(?![\w.]*\w)", re.IGNORECASE)
