"""The numbers and figures on the command line: ``python -m resnet block --stride 2 --format json``."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from resnet.diagram import diagram
from resnet.export.data import to_data
from resnet.render import FORMATS, render
from resnet.spec import SHORTCUTS, STRIDE_PLACES, BlockSpec, SpecError
from resnet.trace import trace


def main(arguments: list[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    try:
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
        )
    except SpecError as error:
        print(f"resnet: {error}", file=sys.stderr)
        return 2
    content = _content(spec, args.format, args.unfolded)
    if args.output:
        args.output.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
    return 0


def _content(spec: BlockSpec, file_format: str, unfolded: bool) -> bytes:
    t = trace(spec)
    if file_format == "json":
        return (json.dumps(to_data(t), indent=2) + "\n").encode()
    return render(diagram(t, unfolded=unfolded), file_format)  # type: ignore[arg-type]


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
    block.add_argument("--unfolded", action="store_true", help="every layer has its own box in the diagram")
    block.add_argument("--format", choices=("json", *FORMATS), default="json")
    block.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")
    return parser


if __name__ == "__main__":
    sys.exit(main())
