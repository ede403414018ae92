"""The numbers and figures on the command line.

resnet block --stride 2 --format json
resnet network resnet50 --size 224x224 --format svg
resnet model network.onnx --against resnet50
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from resnet.draw.block import diagram
from resnet.draw.model import model_diagram
from resnet.draw.network import network_diagram
from resnet.draw.render import FORMATS, render
from resnet.export.data import network_to_data, to_data
from resnet.export.models import comparison_to_csv, comparison_to_data, model_to_data, sums_to_csv, to_text
from resnet.export.tables import blocks_to_csv
from resnet.models.align import compare_networks
from resnet.models.graph import Graph
from resnet.models.library import known, shipped_names
from resnet.models.module import load_module, read_module
from resnet.models.onnx_file import read_onnx
from resnet.models.stored import from_json
from resnet.numbers.quantities import QUANTITY
from resnet.spec import block, catalogue, conventions
from resnet.spec.block import BlockSpec
from resnet.spec.catalogue import FAMILIES, network
from resnet.spec.conventions import Conventions
from resnet.spec.errors import SpecError
from resnet.spec.parameters import Flag, Odd, OneOf, Parameter, Whole
from resnet.trace.block import trace
from resnet.trace.network import trace_network
from resnet.views.compare import UNFOLDED
from resnet.views.model import MEASURE

# one option for several parameters: --filters and --block for f1, f2, f3; --size for height and width
_TOGETHER = ("block", "f1", "f2", "f3", "height", "width", "network")


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status: 2 for what can't be built or written, with one sentence on the error output."""
    args = _parser().parse_args(arguments)
    try:
        content = {"block": _block, "network": _network, "model": _model}[args.command](args)
        if args.output:
            args.output.write_bytes(content)
        else:
            sys.stdout.buffer.write(content)
    except SpecError as error:
        return _refused(str(error))
    except OSError as error:
        return _refused(f"{args.output or 'the output'} can't be written: {error.strerror}.")
    return 0


def _refused(sentence: str) -> int:
    print(f"resnet: {sentence}", file=sys.stderr)
    return 2


def _block(args: argparse.Namespace) -> bytes:
    height, width = args.size
    fields = _said(args, block.PARAMETERS)
    spec = BlockSpec(filters=tuple(args.filters), height=height, width=width, **fields)
    said = Conventions(**_said(args, conventions.PARAMETERS))
    t = trace(said.built(spec))
    if args.format == "json":
        return _json(to_data(t, said))
    return render(diagram(t, unfolded=args.unfolded, conventions=said), args.format)


def _network(args: argparse.Namespace) -> bytes:
    height, width = args.size or (None, None)
    spec = network(args.name, height=height, width=width, **_said(args, catalogue.PARAMETERS))
    said = Conventions(**_said(args, conventions.PARAMETERS))
    t = trace_network(said.built(spec))
    if args.format == "json":
        return _json(network_to_data(t, said))
    if args.format == "csv":
        return blocks_to_csv(t, said).encode()
    return render(network_diagram(t, args.quantity, conventions=said), args.format)


def _model(args: argparse.Namespace) -> bytes:
    graph = _opened(args.source, args.size)
    said = Conventions(**_said(args, conventions.PARAMETERS))
    if args.against:
        both = compare_networks(graph, _opened(args.against, args.size))
        if args.format == "json":
            return _json(comparison_to_data(both, said))
        if args.format in ("table", "csv"):
            return (to_text(both, said) if args.format == "table" else comparison_to_csv(both, said)).encode()
    elif args.format == "json":
        return _json(model_to_data(graph, said))
    elif args.format in ("table", "csv"):
        return (to_text(graph, said) if args.format == "table" else sums_to_csv(graph, said)).encode()
    return render(model_diagram(graph, args.measure, conventions=said), args.format)


def _opened(source: str, size: tuple[int, int] | None) -> Graph:
    """A file, a module that can be imported, or a network that is at hand."""
    if source in shipped_names():
        return known(source)
    if source.endswith(".json"):
        return from_json(Path(source).read_bytes())
    if source.endswith(".onnx"):
        return read_onnx(source, size=size)
    if re.fullmatch(r"[\w.]+:[\w.]+", source):
        return read_module(load_module(source), (1, 3, *(size or (224, 224))))
    works = "a file that ends in .onnx or .json, module:callable, or one of " + ", ".join(shipped_names())
    raise SpecError("source", source, works)


def _said(args: argparse.Namespace, parameters: Iterable[Parameter]) -> dict[str, Any]:
    return {one.name: getattr(args, one.name) for one in parameters if one.name not in _TOGETHER}


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, indent=2) + "\n").encode()


def _size(words: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,9})x(\d{1,9})", words)
    if not found:
        raise argparse.ArgumentTypeError(f"{words!r} is no size; write height x width, such as 56x56")
    return int(found[1]), int(found[2])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="resnet", description="The residual block, traced.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("block", help="one block: its shapes, parameters and multiply-adds, or its diagram")
    spec = BlockSpec()
    one.add_argument(
        "--filters", type=int, nargs="+", default=spec.filters, metavar="N", help="Three: bottleneck; two: basic."
    )
    size = (spec.height, spec.width)
    one.add_argument("--size", type=_size, default=size, metavar="HxW", help="Of the input, such as 56x56.")
    _add(one, (*block.PARAMETERS, UNFOLDED))
    whole = commands.add_parser("network", help="a whole network: every block, or its picture")
    whole.add_argument("name", metavar="NAME", help=", ".join(FAMILIES))
    whole.add_argument("--size", type=_size, metavar="HxW", help="Of the input; the network’s own if left out.")
    _add(whole, (*catalogue.PARAMETERS, QUANTITY))
    any_model = commands.add_parser("model", help="any network: its residual sums, or what another does differently")
    any_model.add_argument(
        "source", metavar="FILE.onnx|FILE.json|MODULE:CALLABLE|NAME", help="An ONNX file, a saved graph, torch code."
    )
    any_model.add_argument("--size", type=_size, metavar="HxW", help="Of the input, where the source leaves it open.")
    any_model.add_argument("--against", metavar="SOURCE", help="Another network, to be compared with block by block.")
    _add(any_model, (MEASURE,))
    for command, formats in (
        (one, ("json", *FORMATS)),
        (whole, ("json", "csv", *FORMATS)),
        (any_model, ("table", "json", "csv", *FORMATS)),
    ):
        command.add_argument("--format", choices=formats, default=formats[0], help="Of the answer.")
        _add(command, conventions.PARAMETERS)
        command.add_argument("--output", type=Path, metavar="FILE", help="Instead of standard output.")
    return parser


def _add(command: argparse.ArgumentParser, parameters: Iterable[Parameter]) -> None:
    """An option for each parameter. Bounds are checked where everything checks them, so that the words are the same."""
    for one in parameters:
        if one.name in _TOGETHER:
            continue
        how: dict[str, Any] = {"help": one.words.replace("%", "%%"), "default": one.default}
        if isinstance(one.takes, OneOf):
            how |= {"choices": tuple(one.takes.names())}
        elif isinstance(one.takes, Flag):
            how |= {"action": "store_true"}
        elif isinstance(one.takes, Whole | Odd):
            how |= {"type": int, "metavar": "N"}
        command.add_argument(f"--{one.name.replace('_', '-')}", **how)


if __name__ == "__main__":
    sys.exit(main())
