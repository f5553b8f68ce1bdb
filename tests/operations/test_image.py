"""The image on a bare Debian, run as docker-compose.yml runs it, from migrate to a candle."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from psycopg.conninfo import conninfo_to_dict

from stack.broker import Broker
from tests import support

pytestmark = pytest.mark.operations

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
PASSWORD = "a password of a file"


class Image:
    """`.ci/image` with a store of its own for images and containers."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ

    def run(self, *words: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        """Runs it until it ends; the result has its output."""
        return subprocess.run(
            [".ci/image", "run", *words],
            cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=300, **options,
        )  # fmt: skip

    @contextmanager
    def running(self, *words: str) -> Iterator["subprocess.Popen[str]"]:
        """Runs it until the block ends, and then ends it with SIGTERM, as Docker does."""
        process = subprocess.Popen(
            [".ci/image", "run", *words],
            cwd=ROOT, env=self.environ, text=True, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=60)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The image, built of the locked packages on a base without any of ours."""
    missing = [name for name in ("buildah", "mmdebstrap") if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root, and {' and '.join(missing) or 'no more'}")
    directory = tmp_path_factory.mktemp("image")
    storage = directory / "storage.conf"
    storage.write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{directory}/root"\nrunroot = "{directory}/run"\n'
    )
    environ = os.environ | {
        "CONTAINERS_STORAGE_CONF": str(storage),
        "BUILDAH_ISOLATION": "chroot",
        "IMAGE_BASE": "bare",
        "IMAGE_WHEELS": os.environ.get("RELEASE_WHEELS") or _wheels(directory / "wheels"),
    }
    subprocess.run([".ci/image", "build"], cwd=ROOT, env=environ, check=True, timeout=1500)
    try:
        yield Image(environ)
    finally:
        subprocess.run(["buildah", "rm", "--all"], env=environ, capture_output=True, check=True)
        shutil.rmtree(directory)


def _wheels(directory: Path) -> str:
    """Downloads the locked packages."""
    words = ["download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"]
    words += ["--dest", str(directory), "-r", str(ROOT / "requirements.runtime.txt")]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, timeout=900)
    return str(directory)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "postgres_password"
    file.write_text(f"{PASSWORD}\n")
    return file


@pytest.fixture
def given(empty_database: str, broker: Broker, topic: str, secret: Path) -> list[str]:
    """Options with the addresses of servers, and a file with the password."""
    info = {name: str(value) for name, value in conninfo_to_dict(empty_database).items()}
    environ = {
        "PGHOST": info.get("host", "127.0.0.1"),
        "PGPORT": info["port"],
        "PGDATABASE": info["dbname"],
        "PGUSER": info["user"],
        "PGPASSWORD_FILE": "/run/secrets/postgres_password",
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "STOCKPULSE_TOPICS": topic,
        "STOCKPULSE_GROUP": support.unique("group"),
    }
    if info.get("password"):
        secret.write_text(f"{info['password']}\n")
    options = [word for name, value in environ.items() for word in ("--env", f"{name}={value}")]
    return [*options, "--secret", f"postgres_password={secret}"]


def test_image_starts_on_a_bare_machine(image: Image) -> None:
    ended = image.run("--version")
    assert (ended.stdout, ended.stderr) == (f"stockpulse, version {VERSION}\n", "")


def test_process_has_no_rights_and_writes_to_tmp_alone(image: Image) -> None:
    script = (
        "cat /proc/self/status; pwd;"
        " for file in /x /opt/stockpulse/x /run/x /run/secrets/x /etc/x /tmp/x;"
        " do touch $file 2>/dev/null && echo wrote $file; done;"
        " cp /bin/true /tmp/true && /tmp/true || echo not executed"
    )
    found = image.run("--entrypoint", "sh", "-c", script).stdout
    assert re.search(r"^Uid:\t10001\t10001\t10001\t10001$", found, re.M)
    assert set(re.findall(r"^Cap\w+:\t(\w+)$", found, re.M)) == {"0" * 16}
    assert "\nNoNewPrivs:\t1\n" in found
    assert found.endswith("\n/tmp\nwrote /tmp/x\nnot executed\n")


def test_image_has_neither_compiler_nor_pip(image: Image) -> None:
    script = "for name in cc gcc make git curl pip; do command -v $name; done; python -m pip"
    ended = image.run("--entrypoint", "sh", "-c", script)
    assert ended.stdout == ""
    assert "No module named pip" in ended.stderr


def test_every_command_can_be_imported(image: Image) -> None:
    listed = image.run("--help").stdout.partition("\nCommands:\n")[2]
    names = re.findall(r"^  (\w+)", listed, re.MULTILINE)
    assert len(names) > 20
    script = f"for name in {' '.join(names)}; do stockpulse $name --help >/dev/null || exit; done"
    assert image.run("--entrypoint", "sh", "-c", script).stderr == ""


def test_ticks_become_candles_that_the_image_serves(
    image: Image, given: list[str], topic: str
) -> None:
    for words in (
        ["migrate"],
        ["calendars", "--calendar", "XNYS", "--since", "2026-01-01"],
        ["publish", "simulate", "--count", "600", "--rate", "0", "--topic", topic],
        ["load", "--until-end"],
        ["verify", "--allow-pending"],
    ):  # fmt: skip
        ended = image.run(*given, *words)
        assert ended.returncode == 0, f"{words}: {ended.stderr}"
        assert PASSWORD not in ended.stdout + ended.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with image.running(*given, "serve", "--port", str(port)) as server:
        support.wait_until(lambda: _is_ready(url, server), "the API serves", 120)
        latest = httpx.get(f"{url}/v1/bars/latest?symbols=AAPL&timeframe=1Day").json()
        assert latest["bars"]["AAPL"]
        page = httpx.get(f"{url}/chart").text
        files = re.findall(r'<script[^>]* src="([^"]+)"', page)
        assert files
        assert [file for file in files if httpx.get(f"{url}{file}").status_code != 200] == []
        assert httpx.get(f"{url}/v1/bars?symbols=AAPL&format=parquet").content[:4] == b"PAR1"
    assert server.returncode == 0


def _is_ready(url: str, server: "subprocess.Popen[str]") -> bool:
    assert server.poll() is None, server.communicate()[1]
    try:
        return httpx.get(f"{url}/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def test_secret_that_the_user_may_not_read_is_one_line(image: Image, secret: Path) -> None:
    words = ["--secret", f"p={secret}", "--env", "PGPASSWORD_FILE=/run/secrets/p", "status"]
    secret.chmod(0o600)
    ended = image.run(*words)
    assert ended.stderr == (
        "stockpulse: PGPASSWORD_FILE: /run/secrets/p cannot be read: Permission denied\n"
    )
    assert ended.returncode == 1
