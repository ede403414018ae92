"""Copy scikit-learn's digits into resnet/run/data, so that the application runs without scikit-learn.

    pip install scikit-learn && python -m tools.make_digits

The same file on each run: images (1797, 8, 8) and labels (1797), as unsigned bytes.
"""

from __future__ import annotations

import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits

from resnet.run.digits import FILE


def main() -> None:
    found = load_digits()
    FILE.parent.mkdir(exist_ok=True)
    save_file(
        {
            "images": torch.from_numpy(found.images).to(torch.uint8),
            "labels": torch.from_numpy(found.target).to(torch.uint8),
        },
        FILE,
    )


if __name__ == "__main__":
    main()
