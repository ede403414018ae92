"""The container file as values: its stages and steps, and what of the project goes into it.

Whoever performs or checks the recipe reads the file itself through this module, so nothing here repeats what is in it.
"""

from __future__ import annotations

import io
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from dockerfile_parse import DockerfileParser

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "Containerfile"
IGNORE = ROOT / ".dockerignore"


class Step(NamedTuple):
    """``line`` counts from 1; ``value`` is all behind the instruction, on one line."""

    line: int
    name: str
    value: str


class Stage(NamedTuple):
    name: str
    base: str
    steps: tuple[Step, ...]

    def last(self, name: str) -> str:
        """What counts where an instruction may be given again. Raises LookupError if it was not."""
        found = [step.value for step in self.steps if step.name == name]
        if not found:
            raise LookupError(f"The stage {self.name!r} has no {name}.")
        return found[-1]

    def pairs(self, name: str) -> dict[str, str]:
        """Of ENV, ARG and LABEL: what is set, with what was set before put in."""
        found: dict[str, str] = {}
        for step in self.steps:
            if step.name == name:
                found |= pairs(step.value)
        return found


def stages(text: str | None = None) -> tuple[Stage, ...]:
    """In the order of the file. Raises ValueError for a file that does not begin with a base."""
    parser = DockerfileParser(fileobj=io.BytesIO((FILE.read_text() if text is None else text).encode()))
    found: list[Stage] = []
    for one in parser.structure:
        name, value = one["instruction"], one["value"]
        if name == "FROM":
            base, *named = re.split(r"\s+AS\s+", value, flags=re.I)
            found.append(Stage(named[0] if named else str(len(found)), base, ()))
        elif name != "COMMENT":
            if not found:
                raise ValueError(f"Line {one['startline'] + 1}: {name} stands in front of the first FROM.")
            step = Step(one["startline"] + 1, name, value)
            found[-1] = found[-1]._replace(steps=(*found[-1].steps, step))
    return tuple(found)


def pairs(value: str) -> dict[str, str]:
    """``a=1 b="2 3"``; of an argument without a default, an empty text."""
    return {name: text for name, _, text in (word.partition("=") for word in shlex.split(value))}


def put_in(text: str, known: Mapping[str, str]) -> str:
    """``$PATH`` and ``${PATH}``, as the engine does it in ENV."""
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda found: known.get(found[1] or found[2], ""), text)


def command(value: str) -> list[str]:
    """Of CMD and HEALTHCHECK, in the form that starts no shell. Raises ValueError for the other."""
    words = json.loads(value[value.index("[") :])
    if not all(isinstance(word, str) for word in words):
        raise ValueError(f"{value} is no list of words.")
    return list(words)


def options(value: str) -> dict[str, str]:
    """``--interval=10s --timeout=5s …``."""
    return dict(re.findall(r"--([a-z-]+)=(\S+)", value.partition("[")[0]))


def seconds(text: str) -> float:
    """``90s``, ``2m``, ``1m30s``."""
    found = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    if "".join(number + unit for number, unit in found) != text:
        raise ValueError(f"{text!r} is no length of time: 90s or 2m would be.")
    return sum(float(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit] for number, unit in found)


# what goes in


def context(folder: Path = ROOT, ignore: Path = IGNORE) -> Iterator[Path]:
    """Files that an engine is handed, relative to the folder: .dockerignore has the last word that fits on each."""
    rules = [line for line in ignore.read_text().splitlines() if line.strip() and not line.startswith("#")]
    # Where nothing of a folder can be named, it isn't looked through.
    named = {rule[1:].partition("/")[0] for rule in rules if rule.startswith("!")}
    for top in sorted(path for path in folder.iterdir() if path.name in named):
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            inside = path.relative_to(folder)
            if path.is_file() and goes(inside, rules):
                yield inside


def goes(path: Path, rules: list[str]) -> bool:
    """As Docker has it: a rule that fits a folder fits what is in it, and the last that fits counts."""
    names = [str(path), *map(str, path.parents)][:-1]
    said = True
    for rule in rules:
        if any(_pattern(rule.removeprefix("!")).fullmatch(name) for name in names):
            said = rule.startswith("!")
    return said


@cache
def _pattern(rule: str) -> re.Pattern[str]:
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", rule.strip("/"))
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts))
