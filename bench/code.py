"""The code of every network, in every variant and with every shortcut option: is it the network that was traced?

    python -m bench.code [--keras]

PyTorch: parameters, the state dict's keys and shapes, and from the same state dict the same output. With ``--keras``
every layer's name, shape and parameters, of every family as it is. Each line names what differs; none should. The tests
do the same for some of them, and run the small ones.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from resnet.spec.catalogue import FAMILIES
from tests.export.test_code_keras import checked_layers
from tests.export.test_code_pytorch import checked_with_numbers, variants_of


def told(name: str, number: int, check: Callable[[Path], None]) -> bool:
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        try:
            check(Path(folder))
        except AssertionError as error:
            print(f"{name}: DIFFERS: {error}")
            return False
    print(f"{name}: {number} files, {time.perf_counter() - start:.0f} s", flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keras", action="store_true", help="Keras's files, too.")
    keras = parser.parse_args().keras
    fine = True
    for name in FAMILIES:
        specs = variants_of(name)
        for i in range(0, len(specs), 4):  # a batch's weights are in memory at the same time
            some = specs[i : i + 4]
            fine &= told(name, len(some), lambda folder, some=some: checked_with_numbers(some, folder))
    if keras:
        for name, spec in FAMILIES.items():
            fine &= told(f"{name} in Keras", 1, lambda folder, spec=spec: checked_layers([spec], folder))
    return not fine


if __name__ == "__main__":
    raise SystemExit(main())
