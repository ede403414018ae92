"""The container file, performed and run: `make rehearsal`. Minutes; the quick checks are in test_container.py.

Builds the image in a bare Debian, starts its command as its user on a root that can't be written, waits for its health
check, visits it, and ends it as an engine would. `--keep` leaves the bare system in .bare/ for the next time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tests.deploy.bare_root import Image, MissingError, Running, bare_system, needs
from tests.deploy.recipe import FILE, ROOT, options, seconds, stages

GRACE = 30.0  # seconds: what the manifests give a process to end
TMPFS = "/tmp:size=64m,mode=1777"


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--keep", action="store_true", help="leave the bare system in .bare/, and take it from there")
    said.add_argument(
        "--torch-index", default=os.environ.get("TORCH_INDEX", ""), help="the recipe's argument TORCH_INDEX"
    )
    asked = said.parse_args()
    try:
        needs()
    except MissingError as error:
        sys.exit(str(error))
    folder = ROOT / ".bare" if asked.keep else Path(tempfile.mkdtemp(prefix="bare-", dir="/var/tmp"))
    os.umask(0o022)
    os.chdir(ROOT)
    try:
        rehearse(folder, asked.torch_index)
    finally:
        if not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)


def rehearse(folder: Path, torch_index: str) -> None:
    found = stages()
    suite = found[-1].base.rpartition("-")[2]
    print(f"A bare Debian {suite}, in the place of {found[-1].base}", flush=True)
    base = timed("the bare system", lambda: bare_system(suite, folder / "base"))
    print(f"The steps of {FILE.relative_to(ROOT)}", flush=True)
    image = timed("all steps", lambda: Image.build(found, base, folder, {"TORCH_INDEX": torch_index}))
    print(f"  the recipe adds {image.size() / 1e6:,.0f} MB to its base", flush=True)
    log = folder / "log"
    try:
        with image.run(image.command, tmpfs=[TMPFS], log=log) as running:
            perform(running, image, options(found[-1].last("HEALTHCHECK")), log)
    except (AssertionError, LookupError, TimeoutError, ValueError):
        print(f"What it said:\n{log.read_text()[-3000:]}", file=sys.stderr)
        raise
    print("The recipe holds.")


def perform(running: Running, image: Image, health: dict[str, str], log: Path) -> None:
    """Raises AssertionError, or TimeoutError, for the first thing that isn't as it should be."""
    timed("until it was healthy", lambda: healthy(running, image.health, seconds(health["start-period"])))
    uid, _, gid = image.user.partition(":")
    assert running.status("Uid").split() == [uid] * 4 and running.status("Gid").split() == [gid] * 4
    assert int(running.status("CapBnd"), 16) == int(running.status("CapEff"), 16) == 0
    assert running.status("NoNewPrivs") == "1"
    writable = running.inside(["find", "/", "-xdev", "-writable", "-not", "-type", "l"]).stdout.split()
    assert not writable, f"The root can be written: {writable[:5]}"
    visitor = running.beside([sys.executable, "-m", "tests.deploy.visitor", "http://127.0.0.1:8501"], ROOT)
    figure, page = (heard(visitor) for _ in range(2))
    assert figure["png"] and figure["figure"] > 10_000, figure
    assert page["page"] > 10 and page["again"] > 10, page
    print(f"  a figure of {figure['figure'] / 1e3:.0f} kB, a page of {page['page']} parts, and so after a change")
    print(f"  it holds {running.status('VmRSS')}; written: {', '.join(map(str, running.files('/tmp'))) or 'nothing'}")
    assert not running.files("/dev/shm")
    took = running.stop(GRACE)
    gone = heard(visitor)
    print(f"  {took:5.1f} s  from SIGTERM to its end; the open page was told: {gone['gone']}")
    assert "1012" in gone["gone"], "A page that isn't told that the service restarts waits for longer than it need."
    words = log.read_text()
    for bad in ("Traceback", "Read-only file system", "Permission denied"):
        assert bad not in words, f"It says: {bad}"


def healthy(running: Running, command: Sequence[str], patience: float) -> None:
    until = time.monotonic() + patience
    while (done := running.inside(command)).returncode:
        if time.monotonic() > until:
            raise TimeoutError(f"Not healthy within {patience:.0f} seconds: {done.stderr[-500:]}")
        time.sleep(0.5)


def heard(visitor: subprocess.Popen[str]) -> dict[str, Any]:
    """The next that it says. Raises ValueError if it ended instead."""
    assert visitor.stdout
    return dict(json.loads(visitor.stdout.readline()))


T = TypeVar("T")


def timed(what: str, act: Callable[[], T]) -> T:
    start = time.perf_counter()
    done = act()
    print(f"  {time.perf_counter() - start:5.1f} s  {what}", flush=True)
    return done


if __name__ == "__main__":
    main()
