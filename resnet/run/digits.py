"""Handwritten digits, 8 × 8, small enough that a network learns them while a reader waits.

    train, test = split()
    train.images.shape     # (1197, 3, 8, 8), numbers from −1 to 1

They are the 1,797 digits that come with scikit-learn (the test set of the UCI repository's "Optical Recognition of
Handwritten Digits", E. Alpaydin and C. Kaynak 1998, CC BY 4.0): grey levels from 0 to 16. A seed deals them out once
and for all: 1,197 to train on, 600 to test on. The dealing mixes the writers, so a writer of the test was seen in
training: the accuracy is that on more digits by the same hands, and not that on strangers'.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor

FILE = Path(__file__).parent / "data" / "digits.safetensors"
TRAIN, TEST = 1197, 600
CLASSES, SIDE, CHANNELS = 10, 8, 3
_SEED = 0  # of the split


class Digits(NamedTuple):
    """``images`` (N, 3, 8, 8), from −1 (paper) to 1 (ink), three equal channels;  ``labels`` (N,), 0 to 9"""

    images: Tensor
    labels: Tensor


@lru_cache(maxsize=1)  # of 1.4 MB; nobody writes into it
def split() -> tuple[Digits, Digits]:
    """The digits to train on, and those to test on: the same ones on each machine."""
    found = load_file(FILE)
    images = (found["images"].float() / 8 - 1).unsqueeze(1).repeat(1, CHANNELS, 1, 1)
    labels = found["labels"].long()
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(_SEED))
    parts = (order[:TRAIN], order[TRAIN:])
    train, test = (Digits(images[part].contiguous(), labels[part]) for part in parts)
    return train, test
