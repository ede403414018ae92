"""Our own networks, as ONNX from both of torch's exporters and as modules: is every block what the trace says?

    python -m bench.exports [--all]

Ten networks; with ``--all`` in every variant and with every shortcut option, which takes an hour. Each line names what
differs; none should. What `tests/models/test_onnx_files.py` and `test_module.py` compare is compared: totals, and of
every block its kind, shapes, parameters (BatchNorm folded), multiply-adds, and whether its projection is needed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from resnet.spec.catalogue import FAMILIES, rebuilt
from resnet.spec.errors import SpecError
from resnet.spec.network import SHORTCUT_OPTIONS, VARIANTS, NetworkSpec
from resnet.trace.network import trace_network
from tests.models.test_module import same_as_its_trace
from tests.models.test_onnx_files import EXPORTERS, compare, exported

NAMES = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "wide_resnet50_2",
         "cifar_resnet20", "keras_resnet50", "keras_resnet50v2")  # fmt: skip


def specs(everything: bool) -> Iterator[NetworkSpec]:
    for name in NAMES:
        family = FAMILIES[name]
        small = family if "cifar" in name else replace(family, height=64, width=64)
        yield small
        if everything:
            for variant in VARIANTS:
                for option in SHORTCUT_OPTIONS:
                    spec = rebuilt(small, variant=variant, shortcut_option=option)
                    # a stem without a pool: the exporter folds the first block's BatchNorm into the stem
                    if spec != small and not (variant == "v2" and "cifar" in name) and exists(spec):
                        yield spec


def exists(spec: NetworkSpec) -> bool:
    """Option A can't take channels away."""
    try:
        trace_network(spec)
    except SpecError:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    different = count = 0
    with tempfile.TemporaryDirectory() as directory:
        for spec in specs(parser.parse_args().all):
            for reader in (*EXPORTERS, "module"):
                count += 1
                try:
                    if reader == "module":
                        same_as_its_trace(spec)
                    else:
                        compare(spec, exported(spec, reader, Path(directory)))
                except AssertionError as error:
                    different += 1
                    lines = str(error).splitlines()
                    print(spec.name, spec.variant, spec.shortcut_option, reader, lines[0] if lines else "differs")
    print(f"{count} readings, {count - different} the same")


if __name__ == "__main__":
    main()
