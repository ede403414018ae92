"""The container file and the compose file, performed without an engine: `make rehearsal`. It takes minutes.

Builds the image in a bare Debian. Starts one page and one worker from it as the compose file says, each as the image's
user on a root that can't be written, with this machine's Redis and nginx between them, in a network of their own that
leads nowhere. Waits for the page's health check, visits it, has a run done, and ends it as an engine would.

`--keep` leaves the bare system in .bare/ for the next time.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tests.deploy.bare_root import Image, MissingError, Running, bare_system, needs
from tests.deploy.recipe import FILE, ROOT, Stage, options, seconds, stages

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
PAGE, WORKER = SERVICES["page-1"], SERVICES["worker"]
REDIS = {"REDIS_URL": "redis://127.0.0.1:6379/0"}  # names are an engine's; here all have one address
VISITOR = [sys.executable, "-m", "tests.deploy.visitor"]
SBIN = os.environ.get("PATH", "") + ":/usr/sbin"
RUN = """
import time
from resnet.run.jobs import Job, queue
job = Job.of("gradients", kinds="B", blocks=2)
queue().submit(job)
while (state := queue().state(job.key)).phase in ("waiting", "running"):
    time.sleep(0.1)
print(state.phase, state.problem)
"""
T = TypeVar("T")


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--keep", action="store_true", help="leave the bare system in .bare/, and take it from there")
    said.add_argument("--torch-index", default=os.environ.get("TORCH_INDEX", ""), help="the recipe's TORCH_INDEX")
    asked = said.parse_args()
    try:
        needs()
        program("nginx")
        program("redis-server")
    except MissingError as error:
        sys.exit(str(error))
    folder = ROOT / ".bare" if asked.keep else Path(tempfile.mkdtemp(prefix="bare-", dir="/var/tmp"))
    os.umask(0o022)
    os.chdir(ROOT)
    folder.chmod(0o755)  # nginx runs as somebody else
    try:
        image = built(folder, asked.torch_index)
        rehearse(image, stages()[-1], folder)
    finally:
        if not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print("The recipe holds.")


def built(folder: Path, torch_index: str) -> Image:
    found = stages()
    suite = found[-1].base.rpartition("-")[2]
    print(f"A bare Debian {suite}, in the place of {found[-1].base}", flush=True)
    base = timed("the bare system", lambda: bare_system(suite, folder / "base"))
    print(f"The steps of {FILE.relative_to(ROOT)}", flush=True)
    image = timed("all steps", lambda: Image.build(found, base, folder, {"TORCH_INDEX": torch_index}))
    print(f"  the recipe adds {image.size() / 1e6:,.0f} MB to its base", flush=True)
    return image


def rehearse(image: Image, stage: Stage, folder: Path) -> None:
    """Raises AssertionError, or TimeoutError, for the first thing that isn't as it should be."""
    told = options(stage.last("HEALTHCHECK"))
    for name in ("nginx", "redis"):
        shutil.rmtree(folder / name, ignore_errors=True)  # of the last time
    logs = {name: folder / f"{name}.log" for name in ("page", "worker")}
    print("A page, a worker, Redis and nginx as deploy/compose.yaml has them", flush=True)
    try:
        with (
            image.run(image.command, logs["page"], env=PAGE["environment"] | REDIS, tmpfs=PAGE["tmpfs"]) as page,
            page.beside(redis(), folder / "redis", ours=True),
            image.run(WORKER["command"], logs["worker"], env=REDIS, tmpfs=WORKER["tmpfs"], network=page) as worker,
            nginx(page, folder / "nginx") as address,
        ):
            timed("until the page was healthy", lambda: healthy(page, image.health, seconds(told["start-period"])))
            closed(page, image)
            closed(worker, image)
            run(page)
            with page.beside([*VISITOR, address], ROOT) as visitor:
                visit(visitor)
                report(page, worker)
                ended(page, seconds(PAGE["stop_grace_period"]), visitor)
        quiet(logs)
    except (AssertionError, LookupError, TimeoutError, ValueError):
        for name, log in logs.items():
            print(f"What the {name} said:\n{log.read_text()[-3000:]}", file=sys.stderr)
        raise


def program(name: str) -> str:
    """Where this machine has it. Raises MissingError."""
    found = shutil.which(name, path=SBIN)
    if found is None:
        raise MissingError(f"{name} is not here: apt-get install {name}.")
    return found


def redis() -> list[str]:
    """As the compose file has it, with this machine's program."""
    return [program("redis-server"), *SERVICES["redis"]["command"][1:], "--logfile", "redis.log", "--bind", "127.0.0.1"]


@contextmanager
def nginx(page: Running, folder: Path) -> Iterator[str]:
    """This machine's, with what the image writes for it; where it listens. Each page's name is an address of one."""
    service = SERVICES["configuration"]
    words = service["command"][-1].partition(" > ")[0].removeprefix("exec ").replace("$$", "$")
    words = re.sub(r"page-(\d)", r"127.0.0.\1", words.replace("/tmp/nginx", str(folder)))
    written = page.inside(["env", "FRAME_ANCESTORS=*", "BEHIND=", "sh", "-c", words])
    assert written.returncode == 0, written.stderr
    folder.mkdir(exist_ok=True)
    file = folder / "nginx.conf"
    file.write_text(written.stdout)
    with page.beside([program("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(file)], folder, ours=True):
        yield "http://127.0.0.1:8080"


def healthy(running: Running, command: Sequence[str], patience: float) -> None:
    until = time.monotonic() + patience
    while (done := running.inside(command)).returncode:
        if time.monotonic() > until:
            raise TimeoutError(f"Not healthy within {patience:.0f} seconds: {done.stderr[-500:]}")
        time.sleep(0.5)


def closed(running: Running, image: Image) -> None:
    """Whose it is, what it may, and where it could write."""
    uid, _, gid = image.user.partition(":")
    assert running.status("Uid").split() == [uid] * 4 and running.status("Gid").split() == [gid] * 4
    assert int(running.status("CapBnd"), 16) == int(running.status("CapEff"), 16) == 0
    assert running.status("NoNewPrivs") == "1"
    writable = running.inside(["find", "/", "-xdev", "-writable", "-not", "-type", "l"]).stdout.split()
    assert writable == ["/tmp"], f"More can be written than the place for it: {writable[:5]}"


def run(page: Running) -> None:
    done = timed(
        "a run, asked for in the page's place and done in the worker's", lambda: page.inside(["python", "-c", RUN])
    )
    assert done.stdout.startswith("done"), done.stdout + done.stderr[-500:]


def visit(visitor: subprocess.Popen[str]) -> None:
    figure, page = (heard(visitor) for _ in range(2))
    assert figure["png"] and figure["figure"] > 10_000, figure
    assert page["page"] >= page["changed"] > 0, page
    print(
        f"  a figure of {figure['figure'] / 1e3:.0f} kB; a page of {page['page']} parts, and {page['changed']} others"
    )


def report(page: Running, worker: Running) -> None:
    """What is held, and what was written."""
    for name, one in {"page": page, "worker": worker}.items():
        written = " ".join(map(str, one.files("/tmp")))
        assert not one.files("/dev/shm")
        print(f"  the {name} holds {one.memory() / 1e6:,.0f} MB, and wrote in /tmp: {written:.80}")


def ended(page: Running, grace: float, visitor: subprocess.Popen[str]) -> None:
    took = page.stop(grace)
    gone = heard(visitor)["gone"]
    print(f"  {took:5.1f} s  from SIGTERM to the page's end; who had it open was told: {gone}")
    assert "1012" in gone, "A page that isn't told that the service restarts waits for longer than it need."


def quiet(logs: dict[str, Path]) -> None:
    for name, log in logs.items():
        words = log.read_text()
        for bad in ("Traceback", "Read-only file system", "Permission denied"):
            assert bad not in words, f"The {name} says: {bad}"


def heard(visitor: subprocess.Popen[str]) -> dict[str, Any]:
    """The next that it says. Raises ValueError if it ended instead."""
    assert visitor.stdout
    return dict(json.loads(visitor.stdout.readline()))


def timed(what: str, act: Callable[[], T]) -> T:
    start = time.perf_counter()
    done = act()
    print(f"  {time.perf_counter() - start:5.1f} s  {what}", flush=True)
    return done


if __name__ == "__main__":
    main()
