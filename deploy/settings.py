"""What whoever starts it may say, read and checked before anything is started. Each refusal says what would work."""

from __future__ import annotations

import argparse
import getpass
import ipaddress
import os
import resource
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.site import Site, configuration

ROOT = Path(__file__).parents[1]
MOST = 64  # processes; each takes half a gigabyte
LONGEST = 80  # characters of the folder's path: a socket's whole address may have 107


class SettingsError(ValueError):
    """What can't be used, and what would work."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """``workers`` processes answer at ``host``:``port``; ``folder`` has all that they write.

    ``jobs``         processes that do the runs; 0: each of the pages' processes does its own
    ``redis``        where these find them, as REDIS_URL has it; empty: a Redis of our own, if there are ``jobs``
    ``application``  what uvicorn is to serve
    ``metrics``      a port of this machine for the counters of each process; 0: none
    ``patience``     seconds that a process may not answer before it is taken for dead
    """

    workers: int
    host: str
    port: int
    folder: Path
    jobs: int
    redis: str
    application: str
    patience: float
    certificate: tuple[Path, Path] | None
    frame_ancestors: str
    behind: tuple[str, ...]
    flood: int
    metrics: int
    told: bool

    @property
    def site(self) -> Site:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return Site(
            upstreams=tuple(f"unix:{self.socket(slot)}" for slot in range(1, self.workers + 1)),
            listen=(f"{host}:{self.port}",),
            folder=self.folder,
            user=getpass.getuser() if os.geteuid() == 0 else "",
            certificate=self.certificate,
            frame_ancestors=self.frame_ancestors,
            behind=self.behind,
            flood=self.flood,
            connections=min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2),
            metrics=f"127.0.0.1:{self.metrics}" if self.metrics else "",
            told=self.told,
        )

    @property
    def own_redis(self) -> Path | None:
        """The socket of the Redis that is started here, or None."""
        return self.folder / "redis.sock" if self.jobs and not self.redis else None

    @property
    def address(self) -> str:
        names = {
            "127.0.0.1": "localhost",
            "::1": "localhost",
            "0.0.0.0": socket.gethostname(),
            "::": socket.gethostname(),
        }
        host = names.get(self.host) or (f"[{self.host}]" if ":" in self.host else self.host)
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"

    def socket(self, slot: int) -> Path:
        """Where the process in this place answers; the name stays when the process changes."""
        return self.folder / f"slot-{slot}.sock"


def parser() -> argparse.ArgumentParser:
    said = argparse.ArgumentParser(
        prog="python -m deploy.serve", description="The pages from several processes behind nginx, on one machine."
    )
    said.add_argument("--workers", default=str(os.cpu_count() or 1), help="processes; one a core is a good number")
    said.add_argument("--port", default="8501", help="where nginx listens")
    said.add_argument("--host", default="127.0.0.1", help="and for whom: 0.0.0.0 for other machines too")
    said.add_argument("--folder", type=Path, help="for sockets, caches and the log; .serve/<port> if left out")
    said.add_argument("--jobs", default="0", help="processes for runs that take longer than a second, shared by all")
    said.add_argument("--redis", default=os.environ.get("REDIS_URL", ""), help="where runs wait; REDIS_URL if left out")
    said.add_argument("--certificate", type=Path, help="for https: a file with the certificate and its chain")
    said.add_argument("--key", type=Path, help="for https: the certificate's key")
    said.add_argument("--frame-ancestors", default="*", help='who may show a page in a frame: "https://school.example"')
    said.add_argument("--behind", action="append", default=[], help="network of a balancer in front: 10.0.0.0/8")
    said.add_argument("--flood", default=str(Site.flood), help="requests a second from one address, then 429")
    said.add_argument("--metrics", default="0", help="port of this machine for Prometheus: /1/metrics, /2/metrics …")
    said.add_argument("--application", default="app:app", help="what uvicorn serves: for tests")
    said.add_argument("--patience", default="30", help="seconds that a process may not answer before it is ended")
    said.add_argument("--told", action="store_true", help="answers say which process made them: for tests")
    said.add_argument("--reload", action="store_true", help="replace the processes that run, one after the other")
    return said


def settings(said: argparse.Namespace) -> Settings:
    """Raises SettingsError."""
    port = whole("PORT", said.port, 1, 65535)
    folder = (said.folder or ROOT / ".serve" / str(port)).absolute()
    if len(str(folder)) > LONGEST:
        raise SettingsError(
            f"The folder {folder} has too long a path: {LONGEST} characters work. --folder names another."
        )
    if (said.certificate is None) != (said.key is None):
        raise SettingsError("For https both are needed: --certificate and --key.")
    for file in (said.certificate, said.key):
        if file is not None and not os.access(file, os.R_OK):
            raise SettingsError(f"{file} can't be read: --certificate and --key name files that exist.")
    made = Settings(
        workers=whole("WORKERS", said.workers, 1, MOST),
        host=_host(said.host),
        port=port,
        folder=folder,
        jobs=whole("JOBS", said.jobs, 0, MOST),
        redis=said.redis,
        application=said.application,
        patience=float(whole("--patience", said.patience, 1, 600)),
        certificate=(said.certificate.absolute(), said.key.absolute()) if said.certificate else None,
        frame_ancestors=said.frame_ancestors,
        behind=tuple(_network(one) for one in said.behind),
        flood=whole("--flood", said.flood, 1, 1_000_000),
        metrics=whole("--metrics", said.metrics, 0, 65535),
        told=said.told,
    )
    try:
        configuration(made.site)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    return made


def whole(name: str, text: str, low: int, high: int) -> int:
    if text.isascii() and text.isdigit() and low <= int(text[:9]) <= high:
        return int(text)
    raise SettingsError(f"{name} is {text!r}, which is no whole number from {low} to {high:,}.")


def _host(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise SettingsError(f"--host is {text!r}, which is no address: 127.0.0.1 or 0.0.0.0 works.") from None


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise SettingsError(f"--behind is {text!r}, which is no network: 10.0.0.0/8 works.") from None


def program(name: str, package: str, without: str) -> str:
    """Where it is: Debian keeps some off an ordinary user's path. Raises SettingsError."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")
    if found is None:
        raise SettingsError(
            f"{name} is not here. Debian, Ubuntu: apt-get install {package}; macOS: brew install {package}; {without}."
        )
    return found


def nginx() -> str:
    return program("nginx", "nginx", "one process runs without it: make run")


def redis_server() -> str:
    return program("redis-server", "redis", "without JOBS each process does its own runs")


def free(host: str, port: int) -> None:
    """Raises SettingsError where nginx could not listen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError as error:
            works = "PORT=8600 takes another one" if port >= 1024 else "below 1024 is root's: PORT=8501 works"
            raise SettingsError(f"{host}:{port} can't be had ({error.strerror}): {works}.") from None


def asked(argv: Sequence[str] | None) -> tuple[Settings, bool]:
    """What is to run, and whether it only is to be replaced by itself."""
    said = parser().parse_args(argv)
    return settings(said), said.reload
