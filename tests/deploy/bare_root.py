"""Performs a container file without a container engine: its steps in a bare Debian, its command in a closed-off one.

    base = bare_system("bookworm", folder / "base")
    image = Image.build(stages(), base, folder, arguments={"TORCH_INDEX": ""})
    with image.run(image.command, tmpfs=("/tmp",)) as running: ...

The base is a fresh Debian of the suite that the recipe's own base is made of, with Python from Debian instead of
Python's own build: a stand-in, as images can't be fetched without an engine. Each stage lies over it as an engine's
layers do (overlayfs), and all mounts live in namespaces that end with the process that they are for. What runs has: no
capability, no way to new ones, a root that can't be written, no network but its own loopback. It takes root, Linux,
mmdebstrap (or debootstrap) and iproute2.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tests.deploy.recipe import Stage, Step, command, context, pairs, put_in

PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# $1: layers, $2: where they are put together, then either the folder that keeps what is written or nothing
_MOUNT = """
set -e
mount --make-rprivate /
if [ -n "$UPPER" ]; then
  mount -t overlay overlay -o "lowerdir=$LAYERS,upperdir=$UPPER,workdir=$WORK" "$ROOT"
else
  mount -t overlay overlay -o "lowerdir=$LAYERS" "$ROOT"
fi
mount -t proc -o nosuid,nodev,noexec proc "$ROOT/proc"
mount -t tmpfs -o mode=755,nosuid tmpfs "$ROOT/dev"
for one in null zero full random urandom; do touch "$ROOT/dev/$one"; mount --bind "/dev/$one" "$ROOT/dev/$one"; done
ln -s /proc/self/fd "$ROOT/dev/fd"
mkdir "$ROOT/dev/shm"
mount -t tmpfs -o size=64m,mode=1777,nosuid,nodev,noexec shm "$ROOT/dev/shm"
for one in $SHARED; do
  if [ -d "$one" ]; then mkdir -p "$ROOT$one"; elif [ ! -e "$ROOT$one" ]; then
    mkdir -p "$ROOT$(dirname "$one")"; touch "$ROOT$one"
  fi
  mount --bind -o ro "$one" "$ROOT$one"
done
for one in $TMPFS; do mount -t tmpfs -o "${one#*:},nosuid,nodev,noexec" tmpfs "$ROOT${one%%:*}"; done
if [ -n "$ALONE" ]; then ip link set lo up; fi
exec chroot "$ROOT" "$@"
"""


class MissingError(RuntimeError):
    """What this machine would need."""


def needs() -> None:
    """Raises MissingError."""
    if os.geteuid() != 0:
        raise MissingError("A bare root takes root: sudo make rehearsal.")
    for program, package in (("unshare", "util-linux"), ("ip", "iproute2"), ("setpriv", "util-linux")):
        if shutil.which(program) is None:
            raise MissingError(f"{program} is not here: apt-get install {package}.")
    if not any(map(shutil.which, ("mmdebstrap", "debootstrap"))):
        raise MissingError("Neither mmdebstrap nor debootstrap is here: apt-get install mmdebstrap.")


def bare_system(suite: str, folder: Path) -> Path:
    """A Debian in which nothing is but Python; one that is there already is taken."""
    if (folder / "usr/bin/python").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if shutil.which("mmdebstrap"):
        said = ["mmdebstrap", "--quiet", "--variant=apt", f"--include={PACKAGES}", "--dpkgopt=force-unsafe-io"]
        said += ["--aptopt=APT::Install-Recommends false"]
    else:
        said = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}"]
    _quietly([*said, suite, str(folder)])
    (folder / "usr/bin/python").symlink_to("python3")  # as Python's own images have it
    return folder


class Image(NamedTuple):
    """``layers``, the uppermost first; the state that the last stage's instructions left."""

    layers: tuple[Path, ...]
    env: dict[str, str]
    user: str
    folder: str
    command: list[str]
    health: list[str]
    root: Path

    @classmethod
    def build(cls, stages: Sequence[Stage], base: Path, folder: Path, arguments: Mapping[str, str]) -> Image:
        """Performs all stages. Raises ValueError for a step that it does not know, or that fails."""
        done: dict[str, _Building] = {}
        for stage in stages:
            where = folder / stage.name
            shutil.rmtree(where, ignore_errors=True)
            building = done[stage.name] = _Building(base, where, arguments)
            for step in stage.steps:
                start = time.perf_counter()
                building.perform(step, done)
                if step.name in ("RUN", "COPY"):
                    print(
                        f"  {time.perf_counter() - start:5.1f} s  {stage.name}: {step.name} {step.value:.80}",
                        flush=True,
                    )
        return building.image(stages[-1])

    def size(self) -> int:
        """Bytes of what the recipe adds to its base."""
        return sum(
            path.lstat().st_size for path in self.layers[0].rglob("*") if path.is_file() and not path.is_symlink()
        )

    @contextmanager
    def run(
        self,
        command: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        tmpfs: Sequence[str] = (),
        network: Running | None = None,
    ) -> Iterator[Running]:
        """``tmpfs``: as an engine takes it, ``/tmp:size=64m,mode=1777``; ``network``: another's, else its own."""
        given = {"PATH": PATH, **self.env, **(env or {})}
        said = _outside(self.layers, self.root, tmpfs=tmpfs, alone=network is None)
        words = [*_WITH_US, *(network.join if network else [])]
        words += [*_NAMESPACES, "--ipc", "--uts", *([] if network else ["--net"]), "sh", "-c", _MOUNT, "sh"]
        words += [*_as(self.user), *_in(self.folder, given), *command]
        with log.open("w") as out:
            process = subprocess.Popen(words, env=said, stdout=out, stderr=subprocess.STDOUT)
        running = Running(process, self, given)
        try:
            running.wait()
            yield running
        finally:
            with suppress(LookupError, ProcessLookupError):
                os.kill(running.pid, signal.SIGKILL)  # and with the first all that is in its namespaces
            process.wait()


class Running:
    """Something that runs in its image."""

    def __init__(self, process: subprocess.Popen[bytes], image: Image, env: Mapping[str, str]) -> None:
        self._outer, self._image, self._env = process, image, env

    @property
    def pid(self) -> int:
        """Of its first process, as seen from outside. Raises LookupError where there is none."""
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children")
        found = children.read_text().split() if self._outer.poll() is None else []
        if not found:
            raise LookupError("It does not run.")
        return int(found[0])

    def wait(self, patience: float = 30) -> None:
        """Until it is in its root: what is asked before would be answered from outside. Raises LookupError."""
        until = time.monotonic() + patience
        while self._outer.poll() is None and time.monotonic() < until:
            with suppress(LookupError, OSError):
                if not os.path.samefile(f"/proc/{self.pid}/root", "/"):
                    return
            time.sleep(0.05)
        raise LookupError("It did not get into its root.")

    def inside(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """As an engine's ``exec``, and as it does a health check."""
        there = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--net", "--ipc", "--uts", "--root", "--wd"]
        words = [*there, *_as(self._image.user), *_in(self._image.folder, self._env), *command]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    @property
    def join(self) -> list[str]:
        """What puts a program of this machine into the network of what runs."""
        return ["nsenter", "--target", str(self.pid), "--net"]

    @contextmanager
    def beside(self, command: Sequence[str], folder: Path, *, ours: bool = False) -> Iterator[subprocess.Popen[str]]:
        """A program of this machine in that network; ``ours``: as the image's user, who then owns the folder."""
        user = _as(self._image.user) if ours else _WITH_US
        if ours:
            folder.mkdir(exist_ok=True)
            os.chown(folder, *map(int, self._image.user.split(":")))
        words = [*self.join, *user, *command]
        process = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def status(self, name: str) -> str:
        """A line of what the system says of its first process."""
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{self.pid}/status").read_text().splitlines())
        return lines[name].strip()

    def memory(self) -> int:
        """Bytes that its processes hold, the first and those that it started; what two share counts twice."""
        pages, own = 0, os.readlink(f"/proc/{self.pid}/ns/pid")
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended meanwhile
                if os.readlink(process / "ns/pid") == own:
                    pages += int((process / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def files(self, folder: str) -> list[Path]:
        """What lies in a folder of it."""
        top = Path(f"/proc/{self.pid}/root") / folder.lstrip("/")
        return [path.relative_to(top) for path in sorted(top.rglob("*"))]

    def stop(self, grace: float) -> float:
        """SIGTERM. Seconds until it had ended; raises TimeoutError if that takes longer than the grace."""
        start = time.perf_counter()
        os.kill(self.pid, signal.SIGTERM)
        try:
            self._outer.wait(grace)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"It still runs {grace:.0f} seconds after SIGTERM.") from None
        return time.perf_counter() - start


class _Building:
    """A stage on its way: its own layer, and what its instructions set."""

    def __init__(self, base: Path, where: Path, arguments: Mapping[str, str]) -> None:
        self._base, self._where, self._given = base, where, arguments
        self.layer, self._work, self._root = where / "layer", where / "work", where / "root"
        for folder in (self.layer, self._work, self._root):
            folder.mkdir(parents=True, mode=0o755)
        self._arguments: dict[str, str] = {}
        self._env: dict[str, str] = {}
        self._user, self._folder = "0:0", "/"

    def perform(self, step: Step, before: Mapping[str, _Building]) -> None:
        match step.name:
            case "ARG":
                self._arguments |= {name: self._given.get(name, value) for name, value in pairs(step.value).items()}
            case "ENV":
                known = {"PATH": PATH} | self._env
                self._env |= {name: put_in(text, known) for name, text in pairs(step.value).items()}
            case "USER":
                self._user = step.value
            case "WORKDIR":
                self._folder = os.path.join(self._folder, step.value)
                (self.layer / self._folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "COPY":
                self._copy(step, before)
            case "RUN":
                self._run(step)
            case "CMD" | "EXPOSE" | "HEALTHCHECK" | "LABEL" | "STOPSIGNAL":
                pass  # what is read when it runs
            case other:
                raise ValueError(f"Line {step.line}: {other} can't be performed here.")

    def _copy(self, step: Step, before: Mapping[str, _Building]) -> None:
        *options, source, target = shlex.split(step.value)
        place = self.layer / os.path.join(self._folder, target).lstrip("/")
        if options:
            (name,) = [one.removeprefix("--from=") for one in options]
            place.parent.mkdir(parents=True, exist_ok=True)
            # links, not copies: what runs can't write them
            _quietly(
                [
                    "cp",
                    "--archive",
                    "--link",
                    "--no-target-directory",
                    str(before[name].layer / source.lstrip("/")),
                    str(place),
                ]
            )
            return
        wanted = [path for path in context() if source == "." or path == Path(source)]
        if not wanted:
            raise ValueError(
                f"Line {step.line}: nothing is handed to the engine for COPY {step.value}; .dockerignore says what is."
            )
        for path in wanted:
            to = place / path
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)
            to.chmod(0o755 if os.access(path, os.X_OK) else 0o644)

    def _run(self, step: Step) -> None:
        shared, pip = _pip() if "pip" in step.value else ((), {})
        env = {"PATH": PATH, "HOME": "/root", **pip, **self._env, **self._arguments}
        said = _outside((self._base,), self._root, upper=self.layer, work=self._work, shared=shared)
        words = [*_NAMESPACES, "sh", "-c", _MOUNT, "sh", *_in(self._folder, env), "/bin/sh", "-c", step.value]
        _quietly(words, env=said)

    def image(self, stage: Stage) -> Image:
        return Image(
            (self.layer, self._base), self._env, self._user, self._folder,
            command(stage.last("CMD")), command(stage.last("HEALTHCHECK")), self._root,
        )  # fmt: skip


_NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
# It ends with whoever started it. The system forgets this when the user changes: then it has to be said again.
_WITH_US = ["setpriv", "--pdeathsig", "KILL"]


def _as(user: str) -> list[str]:
    """Nobody's rights but this user's, and no way to others."""
    uid, _, gid = user.partition(":")
    return [
        *_WITH_US, f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs", "--bounding-set=-all",
        "--inh-caps=-all",
    ]  # fmt: skip


def _in(folder: str, env: Mapping[str, str]) -> list[str]:
    return ["env", "-i", f"--chdir={folder}", *(f"{name}={value}" for name, value in env.items())]


def _outside(
    layers: Sequence[Path], root: Path, *, upper: Path | None = None, work: Path | None = None,
    shared: Sequence[str] = (), tmpfs: Sequence[str] = (), alone: bool = False,
) -> dict[str, str]:  # fmt: skip
    """What the mounting script reads."""
    return {
        "PATH": PATH, "LAYERS": ":".join(map(str, layers)), "ROOT": str(root), "UPPER": str(upper or ""),
        "WORK": str(work or ""), "SHARED": " ".join(shared), "TMPFS": " ".join(tmpfs), "ALONE": "yes" if alone else "",
    }  # fmt: skip


def _pip() -> tuple[Sequence[str], dict[str, str]]:
    """Where this machine's pip takes packages from, and the files that that needs."""
    said = subprocess.run(["pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    found: dict[str, str] = {}
    for name, value in re.findall(r"^[^.\n]+\.([a-z-]+)='(.*)'$", said, flags=re.M):
        found["PIP_" + name.upper().replace("-", "_")] = value
    words = [word for value in found.values() for word in value.split()]
    # an index in a folder leads to files beside it
    places = [str(Path(word[7:]).parent) if word.startswith("file://") else word for word in words]
    places += ["/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs"]
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    return sorted({place for place in places if place.startswith("/") and Path(place).exists()}), found | proxies


def _quietly(words: Sequence[str], env: Mapping[str, str] | None = None) -> None:
    """Raises ValueError with the last of what it said."""
    done = subprocess.run(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise ValueError(f"{shlex.join(words[-3:])} failed:\n{done.stdout[-3000:]}")
