"""Finding an answer in the words that people type: other words for the same, other signs, typing errors.

    ranked("skip conection 1x1", answers) -> the answers that fit, best first

A word counts the more, the fewer answers have it; in a question more than in its answer. rapidfuzz compares the words:
it is what most use for it, and quick enough for every key that is pressed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

ALIKE = 80.0  # per cent of two words that have to agree
ENOUGH = 0.5  # of what the best answer has
LEAST = 0.4  # of the words that are typed, the best answer has to have

# What a question is made of, and no subject of one.
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "a an the of in on at is are was be do does did it its to and or why what how when which for with not no i you we "
        "my there this that than then if can could would should has have need use used using one s t vs versus",
    )
)
# Other words for the same. From the longest on, so that none is read as a part of another.
_SAME = {
    "skip connections": "shortcut", "skip connection": "shortcut", "residual connection": "shortcut",
    "shortcut connection": "shortcut", "skip path": "shortcut", "skip": "shortcut", "shortcuts": "shortcut",
    "batch normalization": "batchnorm", "batch normalisation": "batchnorm", "batch norm": "batchnorm", "bn": "batchnorm",
    "conv block": "convolutional block", "convblock": "convolutional block", "conv": "convolution",
    "convs": "convolution", "convolutions": "convolution", "convolutional": "convolution",
    "pointwise": "1x1", "kernel size 1": "1x1", "1 by 1": "1x1", "1 x 1": "1x1", "3 x 3": "3x3",
    "conv2 x": "stage 2", "conv2x": "stage 2", "conv 2": "stage 2", "layer1": "layer1.0", "downsampling": "downsample",
    "params": "parameters", "param": "parameters", "parameter": "parameters", "weights": "parameters",
    "concat": "concatenate", "concatenation": "concatenate", "concatenating": "concatenate",
    "addition": "add", "adding": "add", "sum": "add", "tensorflow": "keras", "tf": "keras", "torch": "pytorch",
    "gflops": "flops", "gmacs": "flops", "macs": "flops", "mac": "flops", "multiply adds": "flops", "flop": "flops",
    "operations": "flops", "millions": "m", "million": "m", "accurate": "accuracy", "degrade": "degradation",
    "dimension mismatch": "size of tensor must match", "shape mismatch": "size of tensor must match",
    "padding": "pad", "padded": "pad", "zeros": "zero", "projections": "projection", "reuse": "again",
    "reused": "again", "shared": "again", "init": "start", "initialization": "start", "initialise": "start",
    "initialize": "start", "info loss": "throw away", "information loss": "throw away", "lose information": "throw away",
    "loses information": "throw away", "lost": "throw away", "widening": "widen", "wider": "widen", "gradients": "gradient",
    "cifar10": "cifar", "cifar 10": "cifar", "resnet 50": "resnet50", "resnet 18": "resnet18", "resnet 34": "resnet34",
    "resnet 20": "resnet20", "γ": "gamma", "β": "beta", "w s": "projection", "ws": "projection",
}  # fmt: skip
_PHRASES = re.compile(r"\b(" + "|".join(sorted(map(re.escape, _SAME), key=len, reverse=True)) + r")\b")


_SPELT = tuple(dict.fromkeys(word for phrase in _SAME for word in phrase.split()))


class Searched(NamedTuple):
    """What is looked through, from what weighs most to what weighs least."""

    key: str
    texts: tuple[tuple[float, str], ...]


def ranked(typed: str, all_of_them: Sequence[Searched]) -> list[str]:
    """The keys of those that fit, best first; all of them, as they come, for nothing typed."""
    if not typed.strip():
        return [one.key for one in all_of_them]
    weights = _weights(tuple(all_of_them))
    all_words = _words(_mended(typed, weights))
    words = [word for word in all_words if word not in _EMPTY] or all_words
    scores, hits = dict.fromkeys((one.key for one in all_of_them), 0.0), Counter[str]()
    for word in words:
        found = weights.get(word, {})
        rare = math.log(1 + len(all_of_them) / max(1, len(found)))  # the fewer have it, the more it says
        for key, weight in found.items():
            scores[key] += rare * weight
            hits[key] += 1
    order = sorted(scores, key=lambda key: -scores[key])
    if not hits or hits[order[0]] < LEAST * len(words):
        return []
    return [key for key in order if scores[key] >= ENOUGH * scores[order[0]]]


def _mended(typed: str, weights: Mapping[str, object]) -> str:
    """Without typing errors: an unknown word is taken for a known one that is like it.

    A number is another number if one digit differs, and a short word another word.
    """
    known = [*weights, *_SPELT]
    return " ".join(_like(word, known) for word in _plain(typed).split())


def _like(word: str, known: Sequence[str]) -> str:
    if word in known or len(word) < 4 or any(sign.isdigit() for sign in word):
        return word
    found = process.extractOne(word, known, scorer=fuzz.ratio, score_cutoff=ALIKE)
    return found[0] if found else word


@lru_cache(maxsize=16)
def _weights(all_of_them: tuple[Searched, ...]) -> dict[str, dict[str, float]]:
    """For each word, by key: how much it says that this one has it."""
    weights: dict[str, dict[str, float]] = {}
    for one in all_of_them:
        for weight, text in one.texts:
            for word in _words(text):
                by_key = weights.setdefault(word, {})
                by_key[one.key] = max(by_key.get(one.key, 0.0), weight)
    return weights


@lru_cache(maxsize=1024)
def _words(text: str) -> tuple[str, ...]:
    """As they are compared: one word for what has many."""
    return tuple(_PHRASES.sub(lambda found: _SAME[found[0]], _plain(text)).split())


def _plain(text: str) -> str:
    """One sign for what has many."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("×", "x").replace("’", "'")
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", plain)  # 16,384
    plain = re.sub(r"(?<=\d),(?=\d)", ".", plain)  # 25,6
    plain = re.sub(r"(\d)\s*x\s*(\d)", r"\1x\2", plain)
    plain = re.sub(r"(?<=\d)(?=[a-wyz])", " ", plain)  # 25.6M
    return " ".join(re.sub(r"[^\w.]+|\.(?!\d)|_", " ", plain).split())
