"""Every file as a formatter leaves it, and with nothing that a linter finds: by ruff, with this project's own rules."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from resnet import BlockSpec, SpecError, trace, trace_network
from resnet.export.code import keras, keras_network, pytorch, pytorch_network
from resnet.spec.catalogue import FAMILIES, rebuilt
from resnet.spec.network import SHORTCUT_OPTIONS, VARIANTS
from resnet.spec.shortcuts import SHORTCUTS
from tests.export.code_specs import exists, random_blocks, random_networks

ROOT = Path(__file__).parents[2]
LARGE = BlockSpec(
    in_channels=8192, filters=(8000, 8000, 8192), kernel_size=31, stride=4, groups=4000, conv_bias=False, height=4096
)


OFTEN = ("resnet18", "resnet50", "resnext50_32x4d", "cifar_resnet20", "keras_resnet50v2", "course_resnet50")


def sources() -> dict[str, str]:
    blocks = random_blocks(60, seed=9)
    blocks += [BlockSpec(**{**LARGE.__dict__, "shortcut": kind, "linear": linear})
               for kind in SHORTCUTS for linear in (False, True)]  # fmt: skip
    every = [rebuilt(spec, variant=one, shortcut_option=other)
             for spec in map(FAMILIES.get, OFTEN) for one in VARIANTS for other in SHORTCUT_OPTIONS]  # fmt: skip
    named = [spec for spec in dict.fromkeys([*FAMILIES.values(), *every]) if exists(spec)]
    found = {}
    for library, one_network in ((pytorch, pytorch_network), (keras, keras_network)):
        name = library.__name__.split(".")[-1]
        found |= {f"{name}_block_{i}": library.block_file(trace(spec)) for i, spec in enumerate(blocks)}
        pairs = enumerate(pairwise(blocks))
        found |= {f"{name}_pair_{i}": library.pair_file(trace(left), trace(right)) for i, (left, right) in pairs}
        networks = enumerate([*named, *random_networks(30, seed=9)])
        found |= {f"{name}_network_{i}": one_network.network_file(trace_network(spec)) for i, spec in networks}
    return found


@pytest.mark.slow
def test_ruff_has_nothing_to_say(tmp_path: Path) -> None:
    for name, source in sources().items():
        (tmp_path / f"{name}.py").write_text(source)
    for command in (["format", "--check", "--diff"], ["check"]):
        said = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", str(ROOT / "pyproject.toml"), "."],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert said.returncode == 0, said.stdout[:9000] + said.stderr[-500:]


def test_a_shortcut_without_code_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from resnet.spec.shortcuts import Layer

    strange = SHORTCUTS["max_pool"]._replace(layers=lambda _: iter([Layer("gate", {"channels": 64})]))
    t = trace(BlockSpec(shortcut="max_pool", in_channels=256, stride=2))
    monkeypatch.setitem(SHORTCUTS, "max_pool", strange)
    for library in (pytorch, keras):
        with pytest.raises(SpecError, match="shortcut is 'gate', but it must be a kind whose layers"):
            library.block_file(t)
