"""Write the API reference, docs/api, from the docstrings of every public name.

make docs
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any, get_type_hints

import pdoc
import pdoc.docstrings
import pdoc.render

import resnet

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "api"
_ITEM = re.compile(r"^``[\w.]+``(, ``[\w.]+``)* {2,}")
_NEXT = re.compile(r"; {2,}(?=``)")  # a second name in one line


def markdown(docstring: str) -> str:
    r"""Our docstrings as Markdown: a line that begins with a name is an item of a list, with what hangs below it.

    >>> markdown("What it is.\n\n``a``  one thing\n       and more;  ``b``  another")
    'What it is.\n\n- ``a`` one thing and more\n- ``b`` another\n'
    """
    lines: list[str] = []
    inside = False
    for line in docstring.splitlines():
        if _ITEM.match(line):
            lines += [f"- {_closed(part)}" for part in _NEXT.split(line)]
            inside = True
        elif inside and line.startswith("    "):
            first, *more = _NEXT.split(line.strip())
            lines[-1] += f" {_closed(first)}"
            lines += [f"- {_closed(part)}" for part in more]
        else:
            lines += [""] * (inside and bool(line.strip())) + [line]
            inside = False
    return "\n".join(lines) + "\n"


def _closed(words: str) -> str:
    """Columns are for a terminal."""
    return re.sub(r" {2,}", " ", words).rstrip()


def _resolve(thing: Any) -> None:
    """A NamedTuple's constructor says its types as text, which pdoc reads where they are not known."""
    if isinstance(thing, type) and hasattr(thing, "_fields"):
        thing.__new__.__annotations__ = get_type_hints(thing)


def _alive(page: str) -> str:
    """Without links to what a library's class has and this page does not: a Diagram is a graphviz.Digraph."""
    there = set(re.findall(r'id="([^"]+)"', page))
    return re.sub(r'<a href="#([^"]+)">(.*?)</a>', lambda link: link[0] if link[1] in there else link[2], page)


def write(target: Path = TARGET) -> None:
    """Every public name on one page, in a folder that is made anew."""
    convert = pdoc.docstrings.convert
    for name in resnet.__all__:
        _resolve(getattr(resnet, name))

    def converted(docstring: str, docformat: str, source_file: Path | None) -> Any:
        return convert(markdown(docstring), docformat, source_file)

    shutil.rmtree(target, ignore_errors=True)
    pdoc.docstrings.convert = converted  # pdoc has no hook for a way of writing of one's own
    try:
        pdoc.render.configure(docformat="markdown", show_source=False, search=False, footer_text="The residual block")
        pdoc.pdoc("resnet", "!resnet\\..*", output_directory=target)
    finally:
        pdoc.docstrings.convert = convert
    page = target / "resnet.html"
    page.write_text(_alive(page.read_text()))


if __name__ == "__main__":
    write()
