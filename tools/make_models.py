"""The networks that ship as graphs without weights: resnet/models/shipped/*.json.

pip install --no-deps torchvision==0.28.0      # BSD 3-Clause; needed for this alone
python -m tools.make_models
"""

from __future__ import annotations

from pathlib import Path

import torch

from resnet.models.library import SHIPPED
from resnet.models.module import read_module
from resnet.models.stored import to_json

FOLDER = Path(__file__).parent.parent / "resnet" / "models" / "shipped"


def main() -> None:
    """Freshly built, no weight is downloaded."""
    declared = torch.library.Library("torchvision", "FRAGMENT")  # its compiled part may be another torch's: not needed
    for name in ("nms", "qnms"):
        declared.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    from torchvision import models

    FOLDER.mkdir(exist_ok=True)
    for key, name in SHIPPED.items():
        graph = read_module(models.get_model(key, weights=None).eval(), (1, 3, 224, 224), name=name)
        (FOLDER / f"{key}.json").write_text(to_json(graph))
        print(f"{name}: {graph.params:,} parameters, {graph.macs:,} multiply-adds, {len(graph.nodes)} operations")


if __name__ == "__main__":
    main()
