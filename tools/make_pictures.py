"""Cut the photographs that ship: ``pip install scikit-image scikit-learn; python -m tools.make_pictures``.

Each is the square of a package's example photograph that shows most of its subject, at 224 × 224.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from resnet.run.picture import FOLDER, SIDE

SQUARES = {  # file -> name, and the square's left upper corner and side
    "chelsea.png": ("cat", (70, 0, 300)),
    "astronaut.png": ("astronaut", (60, 0, 340)),
    "coffee.png": ("coffee", (120, 0, 400)),
    "rocket.jpg": ("rocket", (130, 0, 427)),
    "china.jpg": ("temple", (80, 0, 427)),
    "flower.jpg": ("flower", (130, 0, 427)),
}


def photograph(file: str) -> Image.Image:
    """From the package that ships it."""
    import skimage.data
    import sklearn.datasets

    folders = (Path(skimage.data.__file__).parent, Path(sklearn.datasets.__file__).parent / "images")
    return Image.open(next(folder / file for folder in folders if (folder / file).exists())).convert("RGB")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for file, (name, (left, top, side)) in SQUARES.items():
        image = photograph(file).crop((left, top, left + side, top + side))
        small = image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        small.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
