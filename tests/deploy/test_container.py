"""The container file and the compose file, as they are read. They are performed by `make rehearsal` (rehearsal.py)."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.site import main as write_configuration
from resnet.api.drain import FINISH, STOPPED
from resnet.api.health import PATH as HEALTH
from resnet.spec.names import VERSION
from tests.deploy import manifests, recipe
from tests.deploy.recipe import ROOT
from tests.deploy.served import NGINX, needs_nginx

BUILD, APP = recipe.stages()
PROGRAMS = Path(sys.executable).parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, one in SERVICES.items() if one["image"].startswith("residual-block")]
PAGES = [name for name in SERVICES if name.startswith("page-")]


def hadolint(text: str) -> list[str]:
    """The rules that it finds broken."""
    done = subprocess.run(
        [PROGRAMS / "hadolint", "--no-color", "-"], input=text, capture_output=True, text=True, check=False
    )
    assert not done.stderr
    return re.findall(r"^-:\d+ (\w+)", done.stdout, flags=re.M)


# the container file


def test_hadolint_finds_nothing() -> None:
    assert hadolint(recipe.FILE.read_text()) == []


def test_hadolint_would_find_something() -> None:
    text = recipe.FILE.read_text().replace(":3.11.13-slim-bookworm", "", 1).replace("--no-cache-dir ", "")
    assert hadolint(text) == ["DL3006", "DL3042"]


def test_both_stages_have_one_base_and_it_is_pinned() -> None:
    assert BUILD.base == APP.base  # the environment is copied from one to the other
    version = re.fullmatch(r"docker\.io/library/python:(\d+\.\d+)\.\d+-slim-bookworm", APP.base)
    assert version and f"/opt/venv/lib/python{version[1]}/site-packages" in [step.value for step in BUILD.steps]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == f">={version[1]}"


def test_who_runs_is_nobody_in_particular() -> None:
    uid, _, gid = APP.last("USER").partition(":")
    assert int(uid) > 10_000 and int(gid) > 10_000
    (made,) = [step.value for step in APP.steps if step.name == "RUN"]
    assert f"--uid {uid}" in made and f"--gid {gid}" in made
    # what is copied stays root's, and nothing comes after it that would give it away
    assert not any("--chown" in step.value for step in APP.steps)


def test_nothing_is_installed_where_it_runs() -> None:
    assert not any(re.search(r"\b(apt|pip|gcc|curl)", step.value) for step in APP.steps)


def test_it_starts_as_make_run_does() -> None:
    command = recipe.command(APP.last("CMD"))
    run = re.sub(r"\\\n", " ", (ROOT / "Makefile").read_text())
    (line,) = re.findall(r"-m uvicorn (app:app .*)", run)
    options = {"app:app", "--no-access-log", "--ws-per-message-deflate", "false"}
    assert options <= set(line.split()) and options <= set(command)
    assert command[command.index("--timeout-graceful-shutdown") + 1] == str(FINISH)
    assert command[command.index("--port") + 1] == APP.last("EXPOSE")
    assert APP.last("STOPSIGNAL") == "SIGTERM"  # which it drains by


def test_its_health_is_asked_without_a_program_of_its_own() -> None:
    program, *_, code = recipe.command(APP.last("HEALTHCHECK"))
    assert program == "python"
    assert f"127.0.0.1:{APP.last('EXPOSE')}{HEALTH}'" in code
    told = recipe.options(APP.last("HEALTHCHECK"))
    assert recipe.seconds(told["start-period"]) >= 60 and recipe.seconds(told["timeout"]) >= 5


def test_python_writes_nothing_beside_its_code() -> None:
    assert APP.pairs("ENV")["PYTHONDONTWRITEBYTECODE"] == "1"
    compiled = [step.value for step in BUILD.steps if "compileall" in step.value]
    assert len(compiled) == 2 and all("--invalidation-mode unchecked-hash" in one for one in compiled)


# what goes in


def test_what_the_application_needs_goes_in_and_nothing_else() -> None:
    said = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    goes = {str(path) for path in recipe.context()}
    kept = {name for name in said if (ROOT / name).exists()}
    needed = {
        name
        for name in kept
        if re.match(r"(app\.py|requirements\.txt|resnet/|pages/|assets/|\.streamlit/config)", name)
    }
    assert needed <= goes
    tops = {name.partition("/")[0] for name in goes}
    assert tops == {"app.py", "requirements.txt", "LICENSE", "resnet", "pages", "assets", ".streamlit", "deploy"}


@pytest.mark.parametrize(
    "name",
    [
        ".git/config", ".venv/bin/python", "deploy/secrets.toml", ".streamlit/secrets.toml", ".env", "deploy/.env",
        "resnet/__pycache__/text.pyc", "tests/conftest.py", "deploy/kubernetes/example/redis-password",
    ],
)  # fmt: skip
def test_no_secret_and_no_ballast_goes_in(name: str) -> None:
    rules = [line for line in recipe.IGNORE.read_text().splitlines() if line and not line.startswith("#")]
    assert not recipe.goes(Path(name), rules)


def test_no_secret_gets_into_git() -> None:
    names = ["deploy/secrets.toml", "deploy/.env", "deploy/kubernetes/example/secrets.toml"]
    names += ["deploy/kubernetes/example/redis-password", ".bare/base/etc/passwd"]
    said = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.stdout.splitlines() == names


@pytest.mark.parametrize(
    ("rules", "path", "goes"),
    [  # https://docs.docker.com/build/concepts/context/#syntax
        (["*/temp*"], "somedir/temporary.txt", False), (["*/temp*"], "temporary.txt", True),
        (["*/*/temp*"], "somedir/subdir/temporary.txt", False), (["temp?"], "tempa", False), (["temp?"], "temp", True),
        (["**/*.go"], "a.go", False), (["**/*.go"], "a/b/c.go", False), (["*.md", "!README.md"], "README.md", True),
        (["*.md", "!README*.md", "README-secret.md"], "README-secret.md", False),
        (["*.md", "README-secret.md", "!README*.md"], "README-secret.md", True),
        (["*", "!a"], "a/b/c", True), (["*", "!a/b"], "a/c", False), (["a"], "ab", True),
    ],
)  # fmt: skip
def test_rules_are_read_as_the_engine_reads_them(rules: list[str], path: str, goes: bool) -> None:
    assert recipe.goes(Path(path), rules) == goes


def test_the_recipe_is_read_as_the_engine_reads_it() -> None:
    text = '# a\nFROM x:1 AS one\nARG A=1 B\nRUN a \\\n  # between\n && b\nFROM y\nCMD ["a", "b c"]\n'
    one, two = recipe.stages(text)
    assert (one.name, one.base, one.pairs("ARG")) == ("one", "x:1", {"A": "1", "B": ""})
    assert one.steps[1].line == 4 and one.last("RUN").split() == ["a", "&&", "b"]
    assert (two.name, two.base, recipe.command(two.last("CMD"))) == ("1", "y", ["a", "b c"])
    assert recipe.put_in("/v:$PATH ${A}$", {"PATH": "/bin", "A": "1"}) == "/v:/bin 1$"
    with pytest.raises(ValueError, match="Line 1: RUN stands in front of the first FROM"):
        recipe.stages("RUN a\n")
    with pytest.raises(LookupError, match="has no USER"):
        one.last("USER")
    assert [recipe.seconds(words) for words in ("90s", "1m30s", "500ms")] == [90, 90, 0.5]
    with pytest.raises(ValueError, match="no length of time"):
        recipe.seconds("90")


# what may be set

DOCUMENT = (ROOT / "docs" / "deploy.md").read_text()


def test_every_variable_that_is_read_is_in_the_table() -> None:
    code = "".join(path.read_text() for room in ("resnet", "pages", "deploy") for path in (ROOT / room).rglob("*.py"))
    read = set(re.findall(r'"((?:RESNET|RESIDUAL|REDIS|STREAMLIT)_[A-Z_]+)"', code))
    assert "RESNET_LOG_LEVEL" in read and len(read) >= 6
    compose = (ROOT / "deploy" / "compose.yaml").read_text()
    read |= set(re.findall(r"\$\{([A-Z_]+):-", compose))
    read |= {name for one in SERVICES.values() for name in one.get("environment", ())}
    listed = set(re.findall(r"`([A-Z_]+)`", "".join(re.findall(r"^\| `[A-Z].*?\|", DOCUMENT, flags=re.M))))
    assert read <= listed
    assert listed <= read | {"WORKERS", "JOBS"}


def test_the_document_says_what_the_files_do() -> None:
    for word in (
        "deploy/Containerfile",
        "deploy/compose.yaml",
        "deploy/kubernetes/base",
        "deploy/secrets.example.toml",
    ):
        assert word in DOCUMENT and (ROOT / word).exists()
    assert f"residual-block:{VERSION}" in DOCUMENT


# the compose file


@pytest.mark.slow
def test_the_specification_takes_the_compose_file() -> None:
    command = [PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "deploy/compose.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_closed_and_bounded(name: str) -> None:
    one = SERVICES[name]
    assert one["read_only"] is True and one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory", "pids"} <= set(one["deploy"]["resources"]["limits"])
    assert "privileged" not in one and "cap_add" not in one
    assert name in OURS or one["user"] != "0"
    assert name in OURS or re.search(r":\d+\.\d+\.\d+-alpine$", one["image"])
    assert one.get("ports") is None or (name == "nginx" and one["ports"] == ["${HOST:-127.0.0.1}:${PORT:-8501}:8080"])


def test_one_image_is_built_once() -> None:
    assert {SERVICES[name]["image"] for name in OURS} == {f"residual-block:{VERSION}"}
    (built,) = [one for one in SERVICES.values() if "build" in one]
    assert (ROOT / "deploy" / built["build"]["context"] / built["build"]["dockerfile"]).resolve() == recipe.FILE


def test_the_same_images_run_in_a_cluster() -> None:
    here = {one["image"] for name, one in SERVICES.items() if name not in OURS}
    there = set(
        re.findall(r"image: (docker\.io\S+)", "".join(f.read_text() for f in manifests.FOLDER.glob("base/*.yaml")))
    )
    assert here == there
    tag = yaml.safe_load((manifests.FOLDER / "base" / "kustomization.yaml").read_text())["images"][0]["newTag"]
    assert tag == VERSION


def test_pages_have_addresses_that_stay_and_time_to_end() -> None:
    addresses = [SERVICES[name]["networks"]["pages"]["ipv4_address"] for name in PAGES]
    assert len(set(addresses)) == len(PAGES) >= 2
    subnet = COMPOSE["networks"]["pages"]["ipam"]["config"][0]["subnet"].removesuffix("0/24")
    for name, address in zip(PAGES, addresses, strict=True):
        assert address.startswith(subnet)
        assert recipe.seconds(SERVICES[name]["stop_grace_period"]) > STOPPED
        assert SERVICES["nginx"]["depends_on"][name] == {"condition": "service_healthy"}
    # what only nginx reaches may be believed what it says of a reader
    assert [name for name, one in SERVICES.items() if "pages" in one.get("networks", ())] == ["nginx", *PAGES]


def test_what_a_service_names_is_there() -> None:
    for one in SERVICES.values():
        assert set(one.get("networks", ())) <= set(COMPOSE["networks"])
        assert {volume.partition(":")[0] for volume in one.get("volumes", ())} <= set(COMPOSE["volumes"])
        assert {secret["source"] for secret in one.get("secrets", ())} <= set(COMPOSE["secrets"])
        assert set(one.get("depends_on", ())) <= set(SERVICES)


def test_runs_make_room_for_nothing() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


@pytest.mark.slow
def test_streamlit_takes_the_secret_from_its_file(tmp_path: Path) -> None:
    (mounted,) = {secret["target"] for name in PAGES for secret in SERVICES[name]["secrets"]}
    folder = tmp_path / ".streamlit"
    folder.mkdir()
    assert mounted == f"{APP.last('WORKDIR')}/.streamlit/secrets.toml"
    text = (ROOT / "deploy" / "secrets.example.toml").read_text().replace('""', '"a-secret"')
    (folder / "secrets.toml").write_text(text)
    code = "from streamlit.web.server.server_util import get_cookie_secret; print(get_cookie_secret())"
    said = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "a-secret"


@needs_nginx
def test_nginx_takes_what_is_written_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    *_, words = SERVICES["configuration"]["command"]
    words = words.replace('"$$FRAME_ANCESTORS"', "https://school.example").replace(
        '$${BEHIND:+--behind "$$BEHIND"}', ""
    )
    command, _, target = words.partition(" > ")
    assert "$" not in words and target.strip() == SERVICES["nginx"]["entrypoint"][-1]
    asked = shlex.split(command.partition("deploy.site ")[2])
    assert [word for word in asked if word.startswith("page-")] == [f"{name}:8501" for name in PAGES]
    (kept,) = SERVICES["nginx"]["tmpfs"]
    assert asked[asked.index("--folder") + 1] == kept.partition(":")[0]
    asked[asked.index("--folder") + 1] = str(tmp_path)
    # nginx looks names up when it starts: here each has an address that every machine has
    write_configuration([re.sub(r"^page-(\d):", r"127.0.0.\1:", word) for word in asked])
    file = tmp_path / "nginx.conf"
    file.write_text(capsys.readouterr().out)
    said = [str(NGINX), "-e", str(tmp_path / "log"), "-p", str(tmp_path), "-c", str(file), "-t", "-q"]
    assert subprocess.run(said, capture_output=True, text=True, check=False).stderr == ""
