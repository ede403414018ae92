"""The numbers and figures on the command line.

python -m resnet block --stride 2 --format json
python -m resnet network resnet50 --size 224x224 --format svg
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from resnet.draw.block import diagram
from resnet.draw.network import network_diagram
from resnet.draw.render import FORMATS, render
from resnet.export.data import network_to_data, to_data
from resnet.export.tables import blocks_to_csv
from resnet.spec.block import SHORTCUTS, STRIDE_PLACES, BlockSpec
from resnet.spec.checks import SpecError
from resnet.spec.conventions import AXES, COUNTINGS, DEFAULT, UNITS, Conventions
from resnet.spec.network import FAMILIES, SHORTCUT_OPTIONS, VARIANTS, network
from resnet.trace.block import trace
from resnet.trace.network import trace_network
from resnet.views.network import QUANTITIES


def main(arguments: list[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    try:
        content = _block(args) if args.command == "block" else _network(args)
    except SpecError as error:
        print(f"resnet: {error}", file=sys.stderr)
        return 2
    if args.output:
        args.output.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
    return 0


def _block(args: argparse.Namespace) -> bytes:
    spec = BlockSpec(
        in_channels=args.in_channels,
        filters=tuple(args.filters),
        kernel_size=args.kernel_size,
        stride=args.stride,
        shortcut=args.shortcut,
        stride_at=args.stride_at,
        height=args.size[0],
        width=args.size[1],
        conv_bias=args.conv_bias,
        groups=args.groups,
        pre_activation=args.pre_activation,
    )
    conventions = _conventions(args)
    t = trace(conventions.built(spec))
    if args.format == "json":
        return _json(to_data(t, conventions))
    return render(diagram(t, unfolded=args.unfolded, conventions=conventions), args.format)


def _network(args: argparse.Namespace) -> bytes:
    height, width = args.size or (None, None)
    spec = network(
        args.name,
        height=height,
        width=width,
        num_classes=args.num_classes,
        variant=args.variant,
        shortcut_option=args.shortcut_option,
    )
    conventions = _conventions(args)
    t = trace_network(conventions.built(spec))
    if args.format == "json":
        return _json(network_to_data(t, conventions))
    if args.format == "csv":
        return blocks_to_csv(t, conventions).encode()
    return render(network_diagram(t, args.quantity, conventions=conventions), args.format)


def _conventions(args: argparse.Namespace) -> Conventions:
    return Conventions(axes=args.axes, counting=args.counting, unit=args.unit)


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, indent=2) + "\n").encode()


def _size(words: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,9})x(\d{1,9})", words)
    if not found:
        raise argparse.ArgumentTypeError(f"{words!r} is no size; write height x width, such as 56x56")
    return int(found[1]), int(found[2])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m resnet", description="The residual block, traced.")
    commands = parser.add_subparsers(dest="command", required=True)
    block = commands.add_parser("block", help="one block: its shapes, parameters and multiply-adds, or its diagram")
    default = BlockSpec()
    block.add_argument("--in-channels", type=int, default=default.in_channels, metavar="N")
    block.add_argument(
        "--filters", type=int, nargs="+", default=default.filters, metavar="N", help="three: bottleneck; two: basic"
    )
    block.add_argument("--kernel-size", type=int, default=default.kernel_size, metavar="N", help="odd")
    block.add_argument("--stride", type=int, default=default.stride, metavar="N")
    block.add_argument("--shortcut", choices=SHORTCUTS, default=default.shortcut)
    block.add_argument(
        "--stride-at", choices=STRIDE_PLACES, default=default.stride_at, help="which convolution strides"
    )
    block.add_argument("--size", type=_size, default=(56, 56), metavar="HxW", help="of the input, such as 56x56")
    block.add_argument("--conv-bias", action="store_true", help="convolutions have biases, as in Keras")
    block.add_argument("--groups", type=int, default=default.groups, metavar="N", help="of the f×f convolution")
    block.add_argument("--pre-activation", action="store_true", help="BatchNorm and ReLU in front of convolutions")
    block.add_argument("--unfolded", action="store_true", help="every layer has its own box in the diagram")
    whole = commands.add_parser("network", help="a whole network: every block, or its picture")
    whole.add_argument("name", metavar="NAME", help=", ".join(FAMILIES))
    whole.add_argument("--size", type=_size, metavar="HxW", help="of the input; the family's own if left out")
    whole.add_argument("--num-classes", type=int, metavar="N")
    whole.add_argument("--variant", choices=VARIANTS)
    whole.add_argument("--shortcut-option", choices=SHORTCUT_OPTIONS)
    whole.add_argument("--quantity", choices=QUANTITIES, default="params", help="that the picture shows")
    for command, formats in ((block, ("json", *FORMATS)), (whole, ("json", "csv", *FORMATS))):
        command.add_argument("--format", choices=formats, default="json")
        command.add_argument("--axes", choices=tuple(AXES), default=DEFAULT.axes, help="how shapes are written")
        command.add_argument("--counting", choices=tuple(COUNTINGS), default=DEFAULT.counting, help="of parameters")
        command.add_argument("--unit", choices=tuple(UNITS), default=DEFAULT.unit, help="of operations")
        command.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")
    return parser


if __name__ == "__main__":
    sys.exit(main())
