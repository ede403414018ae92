"""The numbers and figures on the command line: everything that the pages and the API give, by the same names.

resnet block --stride 2 --format svg --output block.svg
resnet compare --left zero_pad --format csv
resnet network resnet50 --size 224x224 --format svg
resnet model network.onnx --against resnet50
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import shtab

from resnet.draw import style
from resnet.draw.style import Style
from resnet.export.form import Form, Subject
from resnet.export.subjects.block import BLOCK, BLOCK_CODE, BLOCK_DATA, LAYERS, PAIR, PAIR_CODE
from resnet.export.subjects.charts import CHART, NETWORK_CHARTS
from resnet.export.subjects.documents import COMPARE_REPORT, MODEL_REPORT, NETWORK_REPORT
from resnet.export.subjects.model import GRAPH, MODEL, MODEL_BLOCK, MODEL_DATA, MODELS, SUMS, Asked
from resnet.export.subjects.network import BLOCKS, NETWORK, NETWORK_CODE, NETWORK_DATA
from resnet.models.graph import Graph
from resnet.models.library import known, shipped_names
from resnet.models.module import load_module, read_module
from resnet.models.onnx_file import read_onnx
from resnet.models.stored import from_json
from resnet.spec.block import BlockSpec
from resnet.spec.catalogue import FAMILIES
from resnet.spec.errors import SpecError
from resnet.spec.names import VERSION
from resnet.spec.parameters import Flag, Odd, Parameter, Whole
from resnet.views.address import Addressed, V
from resnet.views.compare import CompareView
from resnet.views.model import ModelView
from resnet.views.network import NetworkView
from resnet.views.pages import parse

# one option for several parameters: --filters for f1, f2, f3; --size for height and width
_TOGETHER = (
    *(f"{side}{name}" for side in ("", "left_") for name in ("block", "f1", "f2", "f3", "height", "width")),
    "network",
)
_PAGES_OWN = ("origin", "chosen", "at", "pool", "model", "against", "theirs")
_OF_TWO = ("left", "right", "link", *(one.name for one in CompareView.PARAMETERS if one.name.startswith("left_")))


class _Command(NamedTuple):
    """``opens``     the form that is given where nothing says which
    ``examples``  behind the command's name
    ``without``   these parameters of the view's
    ``charts``    in its subjects' place if ``--chart`` names one
    """

    words: str
    view: type[Addressed]
    subjects: Sequence[Subject[Any]]
    opens: str
    examples: Sequence[str]
    without: Sequence[str] = ()
    charts: Sequence[Subject[Any]] = ()

    @property
    def forms(self) -> dict[str, Form[Any]]:
        """By key; what several subjects have is the first's."""
        every = [form for subject in self.subjects for form in subject.forms]
        return {form.key: form for form in reversed(every)} if every else {}

    @property
    def keys(self) -> list[str]:
        """Of every form, the charts' too."""
        more = [form.key for chart in self.charts for form in chart.forms]
        return list(dict.fromkeys([*reversed(self.forms), *more]))

    @property
    def formats(self) -> str:
        """'figure: svg, pdf; code: torch'"""
        groups: dict[str, list[str]] = {}
        for key, form in reversed(self.forms.items()):
            groups.setdefault(form.group, []).append(key)
        return "; ".join(f"{group}: {', '.join(keys)}" for group, keys in groups.items())

    @property
    def parameters(self) -> Iterator[Parameter]:
        out = (*_TOGETHER, *_PAGES_OWN, *self.without)
        return (one for one in (*self.view.PARAMETERS, *style.PARAMETERS) if one.name not in out)


COMMANDS = {
    "block": _Command(
        "one block: its shapes, parameters and multiply-adds, its diagram, its code",
        CompareView,
        (BLOCK, BLOCK_CODE, BLOCK_DATA),
        "json",
        (
            "--stride 2 --shortcut projection",
            "--filters 64 64 --in-channels 64 --shortcut identity --format words",
            "--in-channels 256 --filters 128 128 512 --stride 2 --look dark --fit slide --output block.svg",
        ),
        without=_OF_TWO,
    ),
    "compare": _Command(
        "two blocks side by side: the table of their layers, both as one figure, a document",
        CompareView,
        (PAIR, PAIR_CODE, LAYERS, COMPARE_REPORT),
        "words",
        (
            "",
            "--left zero_pad --right projection --format csv",
            "--stride 2 --fit column --look print --output pair.pdf",
            "--format report --output comparison.html",
        ),
        without=("shortcut",),
        charts=(CHART,),
    ),
    "network": _Command(
        "a whole network: every block, its picture, its code, a document",
        NetworkView,
        (NETWORK, NETWORK_CODE, BLOCKS, NETWORK_DATA, NETWORK_REPORT),
        "json",
        (
            "resnet50 --format words",
            "resnet18 --size 64x64 --variant d --format markdown",
            "resnet50 --quantity macs --output resnet50.svg",
            "resnet50 --chart network_by_stage --output stages.html",
        ),
        charts=NETWORK_CHARTS,
    ),
    "model": _Command(
        "any network: its residual sums, or what another does differently",
        ModelView,
        (MODEL, SUMS, MODEL_DATA, GRAPH, MODEL_REPORT),
        "table",
        ("mobilenet_v2", "resnet18 --against resnet34", "convnext_tiny --sum 1 --output block.svg"),
    ),
}


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status: 2 for what can't be built or written, with one sentence on the error output."""
    args = _parser().parse_args(arguments)
    try:
        content = {"block": _compare, "compare": _compare, "network": _network, "model": _model}[args.command](args)
        if args.output:
            args.output.write_bytes(content)
        elif sys.stdout.isatty() and b"\0" in content:
            return _refused("this is no text for a terminal; say where it goes, with --output FILE or > FILE.")
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


def _compare(args: argparse.Namespace) -> bytes:
    filters = _filters("f", args.filters)
    if getattr(args, "left_filters", None):
        filters |= _filters("left_f", args.left_filters)
    return _made(args, _view(CompareView, args, filters), COMMANDS[args.command].subjects)


def _filters(name: str, said: Sequence[int]) -> dict[str, str]:
    """Raises SpecError for a number of filters that no block has."""
    BlockSpec(filters=tuple(said))
    block = name.removesuffix("f") + "block"
    return {f"{name}{i}": str(one) for i, one in enumerate(said, start=1)} | {
        block: "bottleneck" if len(said) == 3 else "basic"
    }


def _network(args: argparse.Namespace) -> bytes:
    return _made(args, _view(NetworkView, args, {"network": args.name}), COMMANDS["network"].subjects)


def _model(args: argparse.Namespace) -> bytes:
    view = _view(ModelView, args, {})
    other = _opened(args.against, args.size) if args.against else None
    if args.source in shipped_names():
        view = replace(view, model=args.source)  # everybody has it: its address names it
    asked = Asked(view, _opened(args.source, args.size), other)
    more = [subject for subject, said in ((MODELS, args.against), (MODEL_BLOCK, args.sum)) if said]
    return _made(args, asked, (*more, *COMMANDS["model"].subjects))


def _view(view: type[V], args: argparse.Namespace, query: dict[str, str]) -> V:
    """What was said, read as an address is. Raises SpecError."""
    for one in COMMANDS[args.command].parameters:
        said = getattr(args, one.name)
        if said is not None and one not in style.PARAMETERS:
            query[one.name] = one.write(said)
    for prefix in ("", "left_"):
        if getattr(args, f"{prefix}size", None):
            query |= dict(
                zip((f"{prefix}height", f"{prefix}width"), map(str, getattr(args, f"{prefix}size")), strict=True)
            )
    found, dropped = parse(view, query)
    for error in dropped:
        raise error
    return found


def _made(args: argparse.Namespace, asked: Any, subjects: Sequence[Subject[Any]]) -> bytes:
    """The form that was asked for, of the first subject that has it."""
    if getattr(args, "chart", None):
        subjects = [one for one in COMMANDS[args.command].charts if one.what == args.chart]
    forms = [one for subject in subjects for one in subject.forms]
    form = _form(forms, args)
    said = {one.name: getattr(args, one.name) for one in style.PARAMETERS}
    content = form.make(asked, Style(**{name: value for name, value in said.items() if value is not None}))
    if form.media == "application/json":  # for people's eyes
        return (json.dumps(json.loads(content), ensure_ascii=False, indent=2) + "\n").encode()
    return content


def _form(forms: Sequence[Form[Any]], args: argparse.Namespace) -> Form[Any]:
    """The one that was asked for; else what the file's name says, else what the command opens with."""
    if args.format is None and args.output and not args.output.is_dir():
        ending = [one for one in forms if args.output.name.lower().endswith(f".{one.suffix}")]
        if not ending:
            endings = ", ".join(dict.fromkeys(f".{one.suffix}" for one in forms))
            raise SpecError("output", str(args.output), f"a name that ends in one of {endings}, or --format says which")
        return max(ending, key=lambda one: len(one.suffix))  # of several the first
    keys: dict[str, Form[Any]] = {one.key: one for one in reversed(forms)}
    if args.format and args.format not in keys:
        raise SpecError("format", args.format, f"one of {', '.join(reversed(keys))}")
    wanted: str = args.format or COMMANDS[args.command].opens
    return keys.get(wanted, forms[0])


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


def _size(words: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,9})x(\d{1,9})", words)
    if not found:
        raise argparse.ArgumentTypeError(f"{words!r} is no size; write height x width, such as 56x56")
    return int(found[1]), int(found[2])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="resnet", description="The residual block, traced.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    shtab.add_argument_to(parser, "--print-completion", help="A script that completes these commands, for a shell.")
    parsers = parser.add_subparsers(dest="command", required=True)
    commands = {name: _command(parsers, name, one) for name, one in COMMANDS.items()}
    default, filters = BlockSpec(), "Three: bottleneck; two: basic."
    for name in ("block", "compare"):
        commands[name].add_argument(
            "--filters", type=int, nargs="+", default=default.filters, metavar="N", help=filters
        )
        commands[name].add_argument("--size", type=_size, metavar="HxW", help="Of the input, such as 56x56.")
    commands["compare"].add_argument(
        "--left-filters", type=int, nargs="+", metavar="N", help="Of the left block, with --no-link."
    )
    commands["compare"].add_argument(
        "--left-size", type=_size, metavar="HxW", help="Of the left block’s input, with --no-link."
    )
    commands["network"].add_argument("name", metavar="NAME", help=", ".join(FAMILIES))
    commands["network"].add_argument(
        "--size", type=_size, metavar="HxW", help="Of the input; the network’s own if left out."
    )
    model = commands["model"]
    model.add_argument(
        "source", metavar="FILE.onnx|FILE.json|MODULE:CALLABLE|NAME", help="An ONNX file, a saved graph, torch code."
    )
    model.add_argument("--size", type=_size, metavar="HxW", help="Of the input, where the source leaves it open.")
    model.add_argument("--against", metavar="SOURCE", help="Another network, to be compared with block by block.")
    for name, command in COMMANDS.items():
        _add(commands[name], command.parameters)
        if command.charts:
            charts = [one.what for one in command.charts]
            commands[name].add_argument(
                "--chart", choices=charts, help="One of its charts: svg, pdf, png, interactive, csv, rows."
            )
        commands[name].add_argument(
            "--format",
            choices=command.keys,
            metavar="FORMAT",
            help=f"Of the answer. {command.formats}. {command.opens} if nothing says which.",
        )
        commands[name].add_argument(
            "--output",
            type=Path,
            metavar="FILE",
            help="Instead of standard output. The end of its name says the format, where --format does not.",
        ).complete = shtab.FILE  # type: ignore[attr-defined]
    return parser


def _command(parsers: Any, name: str, command: _Command) -> argparse.ArgumentParser:
    examples = "\n".join(f"  resnet {name} {one}".rstrip() for one in command.examples)
    made: argparse.ArgumentParser = parsers.add_parser(
        name,
        help=command.words,
        description=f"{command.words[0].upper()}{command.words[1:]}.",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return made


def _add(command: argparse.ArgumentParser, parameters: Iterable[Parameter]) -> None:
    """An option for each parameter. Bounds are checked where everything checks them, so that the words are the same."""
    for one in parameters:
        how: dict[str, Any] = {"help": one.words.replace("%", "%%"), "default": None}
        if one.choices:
            how |= {"choices": tuple(one.choices)}
        elif isinstance(one.takes, Flag):
            how |= {"action": argparse.BooleanOptionalAction}
        elif isinstance(one.takes, Whole | Odd):
            how |= {"type": int, "metavar": "N"}
        command.add_argument(f"--{one.name.replace('_', '-')}", **how)


if __name__ == "__main__":
    sys.exit(main())
