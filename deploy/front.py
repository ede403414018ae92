"""nginx: its configuration is written and tried before it is used."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess

from deploy.settings import Settings, SettingsError
from deploy.site import configuration
from deploy.worker import answers, with_parent


class Front:
    """nginx in front of the processes, as an ordinary user, with all it writes in the run's folder."""

    def __init__(self, program: str, settings: Settings) -> None:
        self._program = program
        self._settings = settings
        self._file = settings.folder / "nginx.conf"
        self.process: asyncio.subprocess.Process | None = None

    def _command(self, *more: str) -> list[str]:
        folder = self._settings.folder
        return [self._program, "-e", str(folder / "nginx.log"), "-p", str(folder), "-c", str(self._file), *more]

    def write(self) -> None:
        """Raises SettingsError with nginx's own words where it would not take it; what was there before stays."""
        kept = self._file.read_text() if self._file.exists() else None
        self._file.write_text(configuration(self._settings.site))
        tried = subprocess.run(self._command("-t", "-q"), capture_output=True, text=True, check=False)
        if tried.returncode:
            if kept is not None:
                self._file.write_text(kept)
            raise SettingsError(f"nginx does not take its configuration: {tried.stderr.strip()}")

    async def start(self) -> None:
        """Returns when it answers. Raises SettingsError if it does not."""
        self.write()
        if self.process is not None:  # it was killed: its own processes hold the port
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGQUIT)
            await asyncio.sleep(0.5)
        (self._settings.folder / "packed.sock").unlink(missing_ok=True)
        self.process = await asyncio.create_subprocess_exec(
            *self._command(), start_new_session=True, preexec_fn=with_parent
        )
        for _ in range(100):
            if await answers(self._settings.folder / "packed.sock"):
                return
            if self.process.returncode is not None:
                break
            await asyncio.sleep(0.1)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        said = (self._settings.folder / "nginx.log").read_text().splitlines()[-1:]
        raise SettingsError(f"nginx does not answer: {' '.join(said) or 'it said nothing'}")

    def reload(self) -> None:
        self.write()
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def refuse(self) -> None:
        """Takes nobody more; what is under way goes on."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGQUIT)

    async def end(self) -> None:
        if self.process is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), 3)
        if self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()
