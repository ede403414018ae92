"""What nginx is told, and what may be said to whoever starts it: without any process but nginx's own look at a file."""

from __future__ import annotations

import re
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from deploy import folder, kept, serve, site
from deploy.settings import LONGEST, SettingsError, asked, free, nginx
from deploy.site import Site, configuration, refusals
from deploy.worker import FINISH, STOPPED
from resnet.api import drain
from resnet.api.desk import MAX_QUERY
from resnet.api.heard import HEARD_OUT, MAX_SENT
from resnet.api.refusals import too_long
from tests.deploy.served import NGINX, certificate, needs_nginx

SITES = {
    "one process": {"upstreams": ("unix:/run/slot-1.sock",)},
    "several": {"upstreams": tuple(f"unix:/run/slot-{n}.sock" for n in range(1, 65))},
    "hosts": {"upstreams": ("127.0.0.1:8501", "127.0.0.2:8501"), "listen": ("18080", "[::1]:18080")},
    "behind a balancer": {"behind": ("10.0.0.0/8", "fd00::/8"), "frame_ancestors": "'self' https://school.example"},
    "few at a time": {"flood": 1, "held": 1, "connections": 64},
    "told": {"told": True},
    "counted": {"upstreams": ("unix:/run/slot-1.sock", "127.0.0.1:8501"), "metrics": "127.0.0.1:19101"},
}


def of(where: Path, **said: object) -> Site:
    return Site(**{"upstreams": ("unix:/run/slot-1.sock",), "listen": ("127.0.0.1:18080",), "folder": where} | said)


def tried(where: Path, text: str) -> str:
    """What nginx says of a configuration: nothing, if it takes it."""
    file = where / "nginx.conf"
    file.write_text(text)
    command = [str(NGINX), "-e", str(where / "log"), "-p", str(where), "-c", str(file), "-t", "-q"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


@needs_nginx
@pytest.mark.parametrize("name", SITES)
def test_nginx_takes_it(tmp_path: Path, name: str) -> None:
    assert tried(tmp_path, configuration(of(tmp_path, **SITES[name]))) == ""


@needs_nginx
def test_nginx_takes_it_with_a_certificate(tmp_path: Path) -> None:
    text = configuration(of(tmp_path, certificate=certificate(tmp_path)))
    assert tried(tmp_path, text) == ""
    assert "ssl http2" in text


@needs_nginx
def test_the_command_writes_the_same_for_containers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked_for = ["--upstream", "127.0.0.1:8501", "--upstream", "127.0.0.1:8502", "--listen", "8080"]
    site.main([*asked_for, "--folder", str(tmp_path)])
    written = capsys.readouterr().out
    assert written == configuration(of(tmp_path, upstreams=("127.0.0.1:8501", "127.0.0.1:8502"), listen=("8080",)))
    assert tried(tmp_path, written) == ""


@pytest.mark.parametrize("value", ["*; script-src *", "x} server {", 'a"b', "a\nb", "a\\b", "$uri", "a # b"])
def test_a_value_ends_no_line(tmp_path: Path, value: str) -> None:
    for name in ("frame_ancestors", "user", "metrics"):
        with pytest.raises(ValueError, match="can't be written"):
            configuration(of(tmp_path, **{name: value}))
    for name in ("upstreams", "listen", "behind"):
        with pytest.raises(ValueError, match="can't be written"):
            configuration(of(tmp_path, **{name: (value,)}))


def test_what_nginx_refuses_has_the_shape_of_the_api() -> None:
    own = too_long(9_000, MAX_QUERY).content["errors"][0]
    for one in refusals():
        (error,) = site.json.loads(one["json"])["errors"]
        assert set(error) == set(own)
        assert error["message"] == one["words"]


def test_its_limits_are_those_of_the_api() -> None:
    assert site.SENT * 2**20 == HEARD_OUT
    words = {one["name"]: one["words"] for one in refusals()}
    assert f"{MAX_SENT // 2**20} MB" in words["too_much"]
    assert f"{MAX_QUERY:,}" in words["too_long"]


def test_every_process_is_named_in_both_groups(tmp_path: Path) -> None:
    """Pages stay with one, the API takes any; each name is there once."""
    names = tuple(f"unix:/run/slot-{n}.sock" for n in range(1, 4))
    text = configuration(of(tmp_path, upstreams=names))
    for group in ("readers", "anyone"):
        inside = re.search(rf"upstream {group} \{{(.*?)\}}", text, re.S)
        assert inside is not None
        assert tuple(re.findall(r"server (\S+)", inside[1])) == names


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["--workers", "four"], "WORKERS is 'four', which is no whole number from 1 to 64."),
        (["--workers", "0"], "WORKERS is '0', which is no whole number from 1 to 64."),
        (["--workers", "²"], "WORKERS is '²', which is no whole number from 1 to 64."),
        (["--port", "80000"], "PORT is '80000', which is no whole number from 1 to 65,535."),
        (["--host", "everybody"], "--host is 'everybody', which is no address: 127.0.0.1 or 0.0.0.0 works."),
        (["--behind", "10.0.0.1/8"], "--behind is '10.0.0.1/8', which is no network: 10.0.0.0/8 works."),
        (["--certificate", "/x"], "For https both are needed: --certificate and --key."),
        (["--certificate", "/x", "--key", "/y"], "/x can't be read"),
        (["--folder", "/" + "x" * LONGEST], "has too long a path: 80 characters work"),
        (["--frame-ancestors", "*; x"], "can't be written into nginx's configuration"),
    ],
)
def test_what_can_not_be_used_is_said(said: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main(said) == 2
    assert words in capsys.readouterr().err


def test_where_it_answers() -> None:
    settings, reload = asked(["--workers", "3", "--port", "8600"])
    assert not reload
    assert settings.address == "http://localhost:8600"
    assert settings.site.upstreams == tuple(f"unix:{settings.folder}/slot-{n}.sock" for n in (1, 2, 3))
    everybody, _ = asked(["--host", "::", "--port", "8600"])
    assert everybody.site.listen == ("[::]:8600",)
    assert everybody.address == f"http://{socket.gethostname()}:8600"
    assert asked(["--host", "192.0.2.1", "--port", "80"])[0].address == "http://192.0.2.1:80"


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SettingsError, match=r"can't be had .*: PORT=8600 takes another one"):
            free("127.0.0.1", other.getsockname()[1])


def test_without_nginx_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(SettingsError, match="apt-get install nginx"):
        nginx()


def test_what_signs_cookies_is_made_once_and_is_its_owner_s(tmp_path: Path) -> None:
    made = folder.secret(tmp_path)
    assert len(made) == 64
    assert folder.secret(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "cookie-secret").stat().st_mode) == 0o600


def test_one_at_a_time_runs_from_a_folder(tmp_path: Path) -> None:
    settings, _ = asked(["--folder", str(tmp_path), "--port", "8600"])
    with pytest.raises(SettingsError, match="make serve PORT=8600 starts it"):
        folder.reload(settings)
    with folder.alone(settings):
        assert folder.running(tmp_path) is not None
        with pytest.raises(SettingsError, match="make reload PORT=8600"), folder.alone(settings):
            raise AssertionError("twice at the same time")
    assert folder.running(tmp_path) is None


def test_a_process_that_does_not_stay_is_tried_ever_less_often() -> None:
    waits, wait = [], 0.0
    for _ in range(8):
        waits.append(wait)
        wait = kept.longer(wait, stayed=1.0)
    assert waits == [0, 1, 2, 4, 8, 16, 30, 30]
    assert kept.longer(30.0, stayed=kept.SETTLED + 1) == 1.0


def test_a_process_has_the_time_to_end_that_it_asks_for() -> None:
    assert (FINISH, STOPPED) == (drain.FINISH, drain.STOPPED)


def test_runs_are_shared_where_somebody_does_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    none, _ = asked(["--folder", str(tmp_path)])
    assert none.own_redis is None
    assert "REDIS_URL" not in serve.environment(none)
    own, _ = asked(["--folder", str(tmp_path), "--jobs", "2"])
    assert serve.environment(own)["REDIS_URL"] == f"unix://{tmp_path}/redis.sock"
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:6379/0")
    others, _ = asked(["--folder", str(tmp_path), "--jobs", "2"])
    assert others.own_redis is None
    redis, workers = serve.redis_and_workers(others, {})
    assert (len(redis), len(workers)) == (0, 2)
