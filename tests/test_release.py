"""A release has one version everywhere, and its packages hold every file."""

import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from datetime import date
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
VERSION = PROJECT["project"]["version"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
PACKAGES = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
BUILD = "import sys; from setuptools import build_meta as b; getattr(b, sys.argv[1])(sys.argv[2])"


def test_changelog_has_the_version_with_its_date_below_what_is_unreleased() -> None:
    headings = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    found = re.fullmatch(r"\[(.+)\] - (\d{4}-\d\d-\d\d)", headings[1])
    assert found
    assert found[1] == VERSION
    assert date.fromisoformat(found[2]) > date(2026, 1, 1)


def test_headings_of_the_changelog_are_versions_that_fall() -> None:
    found = re.findall(r"^## \[(\d+)\.(\d+)\.(\d+)\] - ", CHANGELOG, re.MULTILINE)
    versions = [tuple(map(int, one)) for one in found]
    assert versions == sorted(set(versions), reverse=True)


def test_version_is_the_same_wherever_it_stands() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    images = {one["image"] for one in services.values() if "build" in one}
    assert images == {f"stockpulse:{VERSION}"}
    minor = VERSION.rpartition(".")[0]
    assert f"| {minor} | yes |" in (ROOT / "SECURITY.md").read_text()


@pytest.fixture(scope="module")
def tracked() -> set[str]:
    """The files of the packages that git knows."""
    words = ["git", "ls-files", "-z", "--", *(name.rstrip("*") for name in PACKAGES)]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in found.split("\0") if name and (ROOT / name).exists()}


@pytest.fixture(scope="module")
def built(tracked: set[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the wheel and the source distribution, built of a copy of these files."""
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("built")
    for name in {*tracked, "pyproject.toml", "README.md", "LICENSE"}:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes((ROOT / name).read_bytes())
    for kind in ("build_sdist", "build_wheel"):
        words = [sys.executable, "-c", BUILD, kind, str(out)]
        subprocess.run(words, cwd=tree, capture_output=True, check=True, timeout=120)
    return out


def test_wheel_holds_every_file_and_nothing_else(built: Path, tracked: set[str]) -> None:
    """SQL, pages, reference data: a file whose ending is not listed would be left out."""
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if ".dist-info/" not in name} == tracked
    assert f"stockpulse-{VERSION}.dist-info/licenses/LICENSE" in names


def test_source_distribution_holds_every_file(built: Path, tracked: set[str]) -> None:
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {*tracked, "LICENSE", "README.md", "pyproject.toml"} <= names


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([{"name": "a", "skip_reason": "?"}], 0, "audit: skipped: the service of vulnerabilities"),
        (
            [{"name": "a", "version": "1", "vulns": []}],
            0,
            "audit: no known vulnerability in 1 pack",
        ),
        (
            [{"name": "a", "skip_reason": "?"}, {"name": "b", "version": "1", "vulns": []}],
            0,
            "audit: unknown to the service of vulnerabilities: a\naudit: no known vulnerability",
        ),
        (
            [{"name": "a", "version": "1", "vulns": [{"id": "V-1", "fix_versions": ["2"]}]}],
            1,
            "audit: a 1: V-1, fixed in 2\naudit: raise these versions",
        ),
    ],
    ids=["unknown", "sound", "one unknown", "vulnerable"],
)
def test_an_audit_tells_what_was_not_asked_from_what_is_sound(
    tmp_path: Path, packages: list[dict[str, object]], code: int, said: str
) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"dependencies": packages}))
    ended = subprocess.run(
        [sys.executable, ROOT / ".ci/audit_report.py", report], capture_output=True, text=True
    )
    assert ended.returncode == code
    assert (ended.stderr or ended.stdout).startswith(said)
