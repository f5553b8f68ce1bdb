"""`make release` and `make audit`, without a network."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.operations

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_release_is_built_and_each_part_started() -> None:
    """Without the image, which tests/operations/test_image.py builds."""
    environ = os.environ | {"IMAGE_BASE": "none", "PYTHON": sys.executable}
    ended = subprocess.run(
        [".ci/release"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=1500
    )
    assert ended.returncode == 0, ended.stderr
    said = re.findall(r"^release: (\S+) starts, with (\d+) commands$", ended.stdout, re.MULTILINE)
    names = [f"stockpulse-{VERSION}-py3-none-any.whl", f"stockpulse-{VERSION}.tar.gz"]
    assert [name for name, _ in said] == names
    assert {int(count) > 20 for _, count in said} == {True}
    out = ROOT / "build/release"
    listed = [line.split()[1] for line in (out / "SHA256SUMS").read_text().splitlines()]
    assert {*names, "NOTES.md"} <= {*listed}
    assert (out / "NOTES.md").read_text().strip().startswith("### ")


def test_audit_without_a_network_is_skipped_with_a_word() -> None:
    environ = os.environ | {"HTTPS_PROXY": "http://127.0.0.1:1", "PYTHON": sys.executable}
    ended = subprocess.run(
        [".ci/audit"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("audit: skipped: ")
