"""Train what the page "Signal" shows: ResNet-50's first two stages, without a label that a person gave.

    pip install scikit-image scikit-learn
    python -m tools.train_signal --minutes 90

After Dosovitskiy et al. 2014 (Exemplar-CNN, arXiv 1406.6909); Asano et al. 2020 (arXiv 1904.13132) found that a few
photographs are enough for early layers. Of each photograph some places are chosen, where there is something to see. A
cut-out of one is moved, turned, scaled, flipped, lightened and coloured at random, and the network says which place it
shows. The cat is held out: nothing of it is ever seen.

It writes the weights (half precision), and the curve as CSV, into ``resnet/run/trained/``. No cut-out comes twice, so
the accuracy is always that on cut-outs that are new to the network.
"""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from resnet.models.weights import build_network
from resnet.run.signal import normalised
from resnet.spec.catalogue import network
from tools.make_pictures import photograph

TRAINED = Path(__file__).parents[1] / "resnet" / "run" / "trained"
SEED, SIDE, BATCH = 0, 48, 64
PLACES = 40  # of each photograph
PHOTOGRAPHS = ("astronaut.png", "coffee.png", "rocket.jpg", "china.jpg", "flower.jpg")
SMALLEST = 110  # pixels that a side of a halved photograph still has


class Place(NamedTuple):
    """The middle of a square of a photograph, in pixels."""

    picture: Tensor
    row: float
    column: float


def pixels(file: str) -> Tensor:
    """(3, H, W) of a photograph, from 0 to 1."""
    return torch.from_numpy(np.asarray(photograph(file)).copy()).permute(2, 0, 1) / 255


def sizes(picture: Tensor) -> list[Tensor]:
    """The photograph, and halves of it while there is room for a cut-out."""
    found = [picture]
    while min(found[-1].shape[1:]) // 2 >= SMALLEST:
        found.append(F.avg_pool2d(found[-1][None], 2)[0])
    return found


def places(pictures: list[list[Tensor]], draw: np.random.Generator) -> list[Place]:
    """Of each photograph those, of some at random, where neighbouring pixels differ most."""
    found = []
    for sized in pictures:
        tried = []
        for _ in range(4 * PLACES):
            picture = sized[draw.integers(len(sized))]
            row, column = (int(draw.integers(SIDE // 2, n - SIDE // 2)) for n in picture.shape[1:])
            square = picture[:, row - SIDE // 2 : row + SIDE // 2, column - SIDE // 2 : column + SIDE // 2]
            tried.append(
                (float(square.diff(dim=1).abs().mean() + square.diff(dim=2).abs().mean()), row, column, picture)
            )
        tried.sort(key=lambda one: -one[0])
        found += [Place(picture, row, column) for _, row, column, picture in tried[:PLACES]]
    return found


def cut_outs(at: list[Place], draw: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Normalised cut-outs (N, 3, 48, 48), and which place each shows."""
    crops, which = torch.empty(BATCH, 3, SIDE, SIDE), torch.from_numpy(draw.integers(0, len(at), BATCH))
    for i, place in enumerate(which.tolist()):
        crops[i] = coloured(moved(at[place], draw), draw)
    return normalised(crops), which


def moved(place: Place, draw: np.random.Generator) -> Tensor:
    """Up to a quarter aside, up to 20° turned, by up to 1.4 smaller or larger, every other one flipped."""
    height, width = place.picture.shape[1:]
    angle, scale = draw.uniform(-20, 20) * np.pi / 180, 2 ** draw.uniform(-0.5, 0.5)
    row, column = (middle + draw.uniform(-0.25, 0.25) * SIDE for middle in (place.row, place.column))
    a, b, flip = scale * np.cos(angle), scale * np.sin(angle), draw.choice((-1.0, 1.0))
    x = [a * flip * SIDE / width, -b * SIDE / width, 2 * column / width - 1]
    y = [b * flip * SIDE / height, a * SIDE / height, 2 * row / height - 1]
    grid = F.affine_grid(torch.tensor([[x, y]], dtype=torch.float32), [1, 3, SIDE, SIDE], align_corners=False)
    return F.grid_sample(place.picture[None], grid, padding_mode="reflection", align_corners=False)[0]


def coloured(crop: Tensor, draw: np.random.Generator) -> Tensor:
    """Another light, another contrast, now and then grey."""
    if draw.random() < 0.2:
        crop = crop.mean(0, keepdim=True).expand(3, -1, -1)
    light = torch.from_numpy(draw.uniform(0.75, 1.25, (3, 1, 1))).float() * float(draw.uniform(0.6, 1.5))
    return ((crop - 0.5) * light + 0.5 + float(draw.uniform(-0.2, 0.2))).clamp(0, 1)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--steps", type=int, default=1600)
    options.add_argument("--out", type=Path, default=TRAINED)
    asked = options.parse_args()
    torch.manual_seed(SEED)
    draw = np.random.default_rng(SEED)
    spec = network("resnet50")
    at = places([sizes(pixels(name)) for name in PHOTOGRAPHS], draw)
    spec = replace(spec, stages=spec.stages[:2], num_classes=len(at), height=SIDE, width=SIDE)
    net = build_network(spec).train().to(memory_format=torch.channels_last)  # twice as fast on a CPU
    with torch.no_grad():
        net.get_submodule("conv1").weight.mul_(0.2)  # so that what is learned soon outweighs what was drawn
    decayed = [one for one in net.parameters() if one.dim() > 1]
    others = [one for one in net.parameters() if one.dim() == 1]
    steps = torch.optim.SGD(
        [{"params": decayed, "weight_decay": 1e-3}, {"params": others}], lr=0.05, momentum=0.9, nesterov=True
    )
    rate = torch.optim.lr_scheduler.OneCycleLR(steps, 0.1, total_steps=asked.steps, pct_start=0.1)
    asked.out.mkdir(parents=True, exist_ok=True)
    start, rows, loss_sum, right = time.monotonic(), [], 0.0, 0
    for step in range(1, asked.steps + 1):
        crops, which = cut_outs(at, draw)
        said = net(crops.contiguous(memory_format=torch.channels_last))
        loss = nn.functional.cross_entropy(said, which)
        steps.zero_grad()
        loss.backward()
        steps.step()
        rate.step()
        loss_sum, right = loss_sum + loss.item(), right + int((said.argmax(1) == which).sum())
        if step % 100 == 0:
            rows.append((step, loss_sum / 100, right / 100 / BATCH))
            print(
                f"{step} {time.monotonic() - start:.0f} s  " + "  ".join(f"{one:.3f}" for one in rows[-1][1:]),
                flush=True,
            )
            loss_sum, right = 0.0, 0
            save(net, rows, asked.out)
        if time.monotonic() - start > 60 * asked.minutes:
            break


def save(net: nn.Module, rows: list[tuple[float, ...]], folder: Path) -> None:
    half = {name: one.half() if one.is_floating_point() else one for name, one in net.state_dict().items()}
    save_file({name: one.contiguous() for name, one in half.items()}, folder / "photographs.safetensors")
    with (folder / "photographs.csv").open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("step", "loss", "accuracy"))
        table.writerows([(step, *(f"{one:.4f}" for one in others)) for step, *others in rows])


if __name__ == "__main__":
    main()
