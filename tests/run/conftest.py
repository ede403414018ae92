from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from resnet.run.jobs import LocalQueue
from tests.run.errands import WORK


@pytest.fixture
def queue() -> Iterator[LocalQueue]:
    one = LocalQueue(WORK)
    yield one
    one.close()


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "ran")
