"""What a command of the command line says of itself."""

from __future__ import annotations

import contextlib
import io

from resnet.__main__ import main


def help_of(command: str) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main([command, "--help"])
    return said.getvalue()
