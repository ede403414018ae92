"""What nginx is told: values in, one configuration out. Nothing is started here.

    python -m deploy.site --upstream pages-1:8501 --upstream pages-2:8501 --listen 8080 --folder /tmp/nginx > nginx.conf

The same template serves one machine (unix sockets), containers (names of hosts) and the tests.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

COOKIE = "explainer_reader"  # a random number that keeps a reader with a process; nothing else is in it
UPLOAD = 6  # MB: a picture of 5 MB, and what a form puts around it
SENT = 64  # MB: what the API hears out before it says what it reads (resnet/api/desk.py, HEARD_OUT)
AGAIN = 5  # seconds after which it is worth asking again


@dataclass(frozen=True, kw_only=True)
class Site:
    """``upstreams``        the processes: ``unix:/run/slot-1.sock`` or ``host:port``, each the same name for ever
    ``listen``           as nginx has it: ``127.0.0.1:8501``, ``8080``, ``[::]:8080``
    ``folder``           where nginx may write: pid, log, bodies, caches
    ``user``             who nginx's processes are where it is started by root; empty for an ordinary user
    ``certificate``      files of a certificate and its key, for https; both or none
    ``frame_ancestors``  who may show a page in a frame, as Content-Security-Policy has it
    ``behind``           networks of balancers in front, whose word on reader and scheme is taken
    ``flood``            requests a second from one address, beyond which there is 429; ten times as many at once
    ``held``             requests and open pages of one address at the same time
    ``connections``      that one of nginx's processes holds
    ``metrics``          where each process's counters are had, for this machine: ``127.0.0.1:9101``; empty: nowhere
    ``told``             answers say which process made them, and whether it was kept: for tests
    """

    upstreams: tuple[str, ...]
    listen: tuple[str, ...]
    folder: Path
    user: str = ""
    certificate: tuple[Path, Path] | None = None
    frame_ancestors: str = "*"
    behind: tuple[str, ...] = ()
    flood: int = 500
    held: int = 4000
    connections: int = 8192
    metrics: str = ""
    told: bool = False

    @property
    def framed_by(self) -> str:
        """As the policy has it: a page shows another one of ours in a frame, where it is shared."""
        alone = self.frame_ancestors in ("*", "'none'") or "'self'" in self.frame_ancestors
        return self.frame_ancestors if alone else f"'self' {self.frame_ancestors}"


# name of the place that answers -> status, seconds after which to ask again (0: never), field, value, what works, words
_REFUSALS: dict[str, tuple[int, int, str, str, str, str]] = {
    "flooded": (
        429, AGAIN, "the request", "one too many", f"asked for again in {AGAIN} seconds",
        f"So much comes from this address just now that nothing else is taken. Please ask again in {AGAIN} seconds.",
    ),
    "away": (
        503, AGAIN, "the server", "starting or stopping", f"asked again in {AGAIN} seconds",
        f"The server is starting or stopping just now. Please ask again in {AGAIN} seconds.",
    ),
    "too_much": (
        413, 0, "the file", "too large", f"at most {UPLOAD - 1} MB for a picture, 16 MB for a graph",
        f"The file is too large: a picture may have {UPLOAD - 1} MB, a graph without its weights 16 MB.",
    ),
    "too_long": (
        414, 0, "the address", "too long", "at most 8,000 characters behind the question mark",
        "The address is too long: at most 8,000 characters behind the question mark work.",
    ),
    "too_wordy": (
        431, 0, "the headers", "too long", "at most 16,000 characters each",
        "A header of this request is too long: at most 16,000 characters each work.",
    ),
}  # fmt: skip


def refusals() -> list[dict[str, Any]]:
    """What nginx answers by itself: in the API's own shape there, a sentence everywhere else."""
    told = []
    for name, (status, again, field, value, works, words) in _REFUSALS.items():
        errors = [{"field": field, "value": value, "works": works, "message": words}]
        content = json.dumps({"errors": errors}, ensure_ascii=True)
        told.append({"name": name, "status": status, "again": again, "json": content, "words": words})
    return told


def quoted(words: str) -> str:
    """A text as nginx reads it, between single quotes; it has none of the signs that nginx would take for its own."""
    if any(sign in words for sign in "'$\\\n"):
        raise ValueError(f"nginx would not read this as it is: {words}")
    return f"'{words}'"


def configuration(site: Site) -> str:
    """nginx.conf. Raises ValueError for a value that would end a line of it early."""
    said = (str(site.folder), site.user, site.frame_ancestors, site.metrics)
    for value in (*site.upstreams, *site.listen, *site.behind, *said):
        if any(sign in value for sign in ';{}"\\\n\r$#'):
            raise ValueError(f"{value!r} can't be written into nginx's configuration: it has one of ; {{ }} \" \\ $ #")
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,  # no HTML; what is put in was looked at above
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quoted"] = quoted
    return environment.get_template("nginx.conf.j2").render(
        site=site, cookie=COOKIE, upload=UPLOAD, sent=SENT, refusals=refusals()
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.site", description="Writes nginx's configuration.")
    parser.add_argument("--upstream", action="append", required=True, help="host:port of a process; once for each")
    parser.add_argument("--listen", action="append", help="where nginx listens: 8080, 127.0.0.1:8080")
    parser.add_argument("--folder", type=Path, default=Path("/tmp/nginx"), help="where nginx may write")
    parser.add_argument("--frame-ancestors", default="*", help="who may show a page in a frame")
    parser.add_argument("--behind", action="append", default=[], help="network of a balancer in front: 10.0.0.0/8")
    parser.add_argument("--flood", type=int, default=Site.flood, help="requests a second from one address")
    said = parser.parse_args(argv)
    try:
        site = Site(
            upstreams=tuple(said.upstream),
            listen=tuple(said.listen or ["8080"]),
            folder=said.folder,
            frame_ancestors=said.frame_ancestors,
            behind=tuple(said.behind),
            flood=said.flood,
        )
        print(configuration(site), end="")
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
