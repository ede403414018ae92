"""The Kubernetes manifests as kustomize puts them together, with secrets that a test makes up."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from tests.deploy.recipe import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
KUBECTL = shutil.which("kubectl")
KUSTOMIZE = shutil.which("kustomize")
needs_kustomize = pytest.mark.skipif(
    not (KUBECTL or KUSTOMIZE), reason="neither kubectl nor kustomize is here; both are one file each, of Kubernetes"
)

Object = dict[str, Any]


@cache
def rendered(overlay: str = "example") -> str:
    """The manifests as they would be applied."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "kubernetes"
        shutil.copytree(FOLDER, folder)
        shutil.copy(ROOT / "deploy" / "secrets.example.toml", folder / overlay / "secrets.toml")
        (folder / overlay / "redis-password").write_text("made-up")
        command = [KUBECTL, "kustomize"] if KUBECTL else [str(KUSTOMIZE), "build"]
        done = subprocess.run([*command, str(folder / overlay)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def _all(overlay: str) -> tuple[Object, ...]:
    return tuple(yaml.load_all(rendered(overlay), yaml.CSafeLoader))


def objects(kind: str = "", overlay: str = "example") -> list[Object]:
    return [one for one in _all(overlay) if kind in ("", one["kind"])]


def named(kind: str, name: str) -> Object:
    (found,) = [one for one in objects(kind) if one["metadata"]["name"].startswith(name)]
    return found


def workloads() -> list[Object]:
    return [*objects("Deployment"), *objects("StatefulSet")]


def pod(workload: Object) -> Object:
    found: Object = workload["spec"]["template"]
    return found


def containers(workload: Object) -> Iterator[Object]:
    spec = pod(workload)["spec"]
    yield from (*spec.get("initContainers", ()), *spec["containers"])


def chosen(selector: Object, workload: Object) -> bool:
    """Whether a selector's labels are the pod's; one that names none takes every pod."""
    labels = pod(workload)["metadata"]["labels"]
    return all(labels.get(name) == value for name, value in selector.get("matchLabels", {}).items())
