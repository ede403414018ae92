"""The queue's process: a fresh interpreter that nothing of ours runs in twice, and that outlives nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from resnet.run.jobs import Job, LocalQueue
from resnet.run.work import WORK as REAL
from tests.run.errands import WORK
from tests.run.queues import ROOT, ended, gone, ran, unix, wait

pytestmark = pytest.mark.slow  # seconds each: `make quick` leaves them out


def test_the_process_is_a_fresh_and_a_quiet_one(local: LocalQueue) -> None:
    job = Job.of("surroundings")
    start = time.monotonic()
    local.submit(job)
    found = ended(local, job).result
    assert time.monotonic() - start < 2
    assert found["pid"] != os.getpid() and found["path"] == sys.path and found["stdin"] == ""
    if sys.platform != "win32":
        assert found["nice"] == min(os.nice(0) + 10, 19)
    assert not found["modules"] & {"streamlit", "uvicorn", "pytest", "torch", "pages"}


PARENT = """
import sys, time, types
sys.path.insert(0, {root!r})
sys.modules["resnet"] = package = types.ModuleType("resnet")   # without its front door, which brings torch
package.__path__ = [{root!r} + "/resnet"]
open({file!r} + ".main", "a").write("x")   # as a page without a guard: it must not run a second time
from resnet.run.jobs import Job, LocalQueue
from tests.run.errands import WORK
queue = LocalQueue(WORK)
queue.submit(Job.of("count", file={file!r}, times=2, pause=60))   # and tells nothing in this minute
"""


@unix
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_its_server(file: str, tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "main.py"
    script.write_text(PARENT.format(root=str(ROOT), file=file) + "time.sleep(60)")
    parent = subprocess.Popen([sys.executable, str(script)], cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        wait(lambda: bool(ran(file)), 30)
        assert not gone(ran(file)[0])
        parent.send_signal(how)
        parent.wait(5)
        wait(lambda: gone(ran(file)[0]), 3)
    finally:
        parent.kill()
        parent.wait()
    assert len(ran(file)) == 1 and Path(file + ".main").read_text() == "x"


@unix
def test_under_uvicorn_there_is_one_server(file: str, tmp_path: Path) -> None:
    words = PARENT.format(root=str(ROOT), file=file)
    (tmp_path / "served.py").write_text(words + "from starlette.applications import Starlette\napp = Starlette()\n")
    command = [sys.executable, "-m", "uvicorn", "served:app", "--port", "0", "--log-level", "warning"]
    server = subprocess.Popen(command, cwd=tmp_path)
    try:
        wait(lambda: bool(ran(file)), 30)
        server.terminate()
        server.wait(5)
        wait(lambda: gone(ran(file)[0]), 3)
    finally:
        server.kill()
        server.wait()
    assert Path(file + ".main").read_text() == "x"


@unix
def test_a_streamlit_page_is_not_run_by_the_process(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a page runs, Streamlit has it stand in for the main module."""
    monkeypatch.setitem(sys.modules, "resnet", sys.modules["resnet"])  # the page replaces it, in this process
    page = AppTest.from_string(PARENT.format(root=str(ROOT), file=file) + "import streamlit as st\nst.write('asked')")
    page.run(timeout=20)
    assert page.markdown[0].value == "asked"
    wait(lambda: bool(ran(file)))
    assert Path(file + ".main").read_text() == "x"
    os.kill(ran(file)[0], signal.SIGKILL)  # the page's own queue has nobody to close it


# the real work


def test_a_real_training_and_real_gradients() -> None:
    from resnet.run.gradients import gradient_norms
    from resnet.run.training import train

    real = LocalQueue(REAL | WORK)
    training = Job.of("training", kinds="B,plain", epochs=1, seeds=1, blocks=2)
    gradients = Job.of("gradients", kinds="plain,B", blocks=3, steps=2)
    wrong = Job.of("training", kinds="B,B", epochs=1, seeds=1)
    unknown = Job.of("training", kinds="Z", epochs=1, seeds=1)
    threads = Job.of("torch_threads")
    try:
        for job in (training, gradients, wrong, unknown, threads):
            real.submit(job)
        found = ended(real, training, 120)
        assert found.told == found.result
        assert [(epoch.kind, epoch.epoch) for epoch in found.result] == [("B", 0), ("B", 1), ("plain", 0), ("plain", 1)]
        for epoch, here in zip(found.result, train("B", epochs=1, seed=1, blocks=2), strict=False):
            assert epoch[:3] == here[:3] and epoch[3:] == pytest.approx(here[3:], abs=0.01)
        norms = ended(real, gradients, 60)
        assert norms.told == norms.result
        for one, kind in zip(norms.result, ("plain", "B"), strict=True):
            assert one.norms == pytest.approx(gradient_norms(kind, 3, steps=2).norms, rel=0.01)
        assert ended(real, wrong).phase == "failed"
        assert ended(real, wrong).problem.startswith("kinds is 'B,B', but it must be 1 to 6 different names")
        assert ended(real, unknown).problem.startswith("kind is 'Z', but it must be one of")
        assert ended(real, threads).result == 1
    finally:
        real.close()
