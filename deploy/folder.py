"""The folder of what runs: one supervisor at a time, and what outlives it."""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from deploy.settings import Settings, SettingsError


def secret(folder: Path) -> str:
    """What all processes sign cookies with: made once, kept where only its owner reads it."""
    file = folder / "cookie-secret"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    return file.read_text()


def _lock_file(folder: Path) -> IO[str]:
    return open(folder / "serve.pid", "a+", encoding="ascii")


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def running(folder: Path) -> int | None:
    """The process that keeps what runs from this folder, or None."""
    if not (folder / "serve.pid").exists():
        return None
    with _lock_file(folder) as file:
        if _locked(file):
            return None
        file.seek(0)
        return int(file.read())


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """One at a time for a folder. Raises SettingsError."""
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.folder.chmod(0o700)
    with _lock_file(settings.folder) as file:
        if not _locked(file):
            raise SettingsError(
                f"It runs already from {settings.folder}: make reload PORT={settings.port} replaces its processes, "
                f"PORT=8600 starts another one."
            )
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def reload(settings: Settings) -> str:
    """Asks what runs to replace its processes. Raises SettingsError if nothing runs."""
    pid = running(settings.folder)
    if pid is None:
        raise SettingsError(f"Nothing runs from {settings.folder}: make serve PORT={settings.port} starts it.")
    os.kill(pid, signal.SIGHUP)
    return f"Process {pid} replaces its processes; it says when it is done."
