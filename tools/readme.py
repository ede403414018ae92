"""Write the README's tables anew: the addresses of the API, and the parameters, from their declarations.

make readme
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from resnet.__main__ import COMMANDS
from resnet.api import ENDPOINTS
from resnet.spec import conventions
from resnet.spec.parameters import Parameter
from resnet.views.pages import PAGES

README = Path(__file__).parents[1] / "README.md"


def addresses() -> str:
    """One line for each figure or table, whatever its formats."""
    found: dict[str, list[str]] = {}
    for one in ENDPOINTS:
        words = one.subject.words
        paths = found.setdefault(words, [])
        paths.append(f"`.{one.form.suffix}`" if paths else f"`{one.path}`")
    rows = "".join(f"| {' · '.join(paths)} | {words} |\n" for words, paths in found.items())
    return f"| address | answer |\n|---|---|\n{rows}"


def formats() -> str:
    """What each command of the command line can give."""
    rows = "".join(f"| `resnet {name}` | {one.formats} | {one.opens} |\n" for name, one in COMMANDS.items())
    return f"| command | `--format` | if nothing is said |\n|---|---|---|\n{rows}"


def parameters() -> str:
    """A table for each page, and one for what all pages have."""
    common = conventions.PARAMETERS
    places = ["/", *(f"/{one.name}" for one in PAGES[1:])]  # the first page opens at the root
    tables = [
        _table(f"{one.title} (`{place}`)", one.view.PARAMETERS, without=common)
        for one, place in zip(PAGES, places, strict=True)
        if common != one.view.PARAMETERS
    ]
    return "\n".join([*tables, _table("On every page", common)])


def _table(heading: str, listed: Iterable[Parameter], without: tuple[Parameter, ...] = ()) -> str:
    rows = "".join(_row(one) for one in listed if one not in without)
    return f"| {heading} | takes | if left out | |\n|---|---|---|---|\n{rows}"


def _row(one: Parameter) -> str:
    default = "" if one.default in (None, "") else one.takes.write(one.default)
    words = one.words.replace("|", "\\|")
    return f"| `{one.name}` | {one.takes.described} | {default} | {words} |\n"


def written(text: str) -> str:
    """The README with its tables as they should be."""
    for name, table in (("formats", formats()), ("addresses", addresses()), ("parameters", parameters())):
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda found, table=table: f"{found[1]}{table}{found[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
