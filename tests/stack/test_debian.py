"""Debian's packages in a private prefix."""

import subprocess
from pathlib import Path

import pytest

from stack import debian
from stack.found import Installation
from stack.providers import Unavailable


def test_no_library_of_the_prefix_is_unresolved_or_the_hosts(embedded: Installation) -> None:
    prefix = embedded.bindir.parents[4]
    loader = next(prefix.glob("usr/lib/*/ld-linux-*.so.*"))
    files = list(debian.elf_files(prefix))
    assert len(files) > 100
    for file in files:
        listed = subprocess.run([loader, "--list", file], capture_output=True, text=True)
        for line in listed.stdout.splitlines():
            assert "not found" not in line, f"{file}: {line}"
            if "=>" in line:
                assert str(prefix) in line.partition("=>")[2], f"{file}: {line}"
        assert listed.returncode == 0 or "statically linked" in listed.stdout, (
            f"{file}: {listed.stderr}"
        )


def test_embedded_edition_is_apache(embedded: Installation) -> None:
    assert embedded.edition == "apache"
    assert embedded.origin == "embedded"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(
            "sources.list.d/debian.sources",
            "Types: deb\n# a comment\nURIs: http://mirror/security\nSuites: bookworm-security\n\n"
            "Types: deb-src\nURIs: http://mirror/src\nSuites: bookworm\n\n"
            "Enabled: no\nTypes: deb\nURIs: http://mirror/off\nSuites: bookworm\n\n"
            "Types: deb deb-src\nURIs: http://mirror/debian\nSuites: bookworm bookworm-updates\n",
            id="deb822",
        ),
        pytest.param(
            "sources.list",
            "# deb http://mirror/off bookworm main\n"
            "deb-src http://mirror/src bookworm main\n"
            "deb http://mirror/security bookworm-security main\n"
            "deb [arch=amd64 signed-by=/key.gpg] http://mirror/debian bookworm main contrib\n",
            id="one line",
        ),
        pytest.param(
            "sources.list.d/a.list", "deb http://mirror/debian trixie main\n", id="list in parts"
        ),
    ],
)
def test_mirror_is_the_one_apt_is_configured_with(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert debian.find_mirror(tmp_path) == "http://mirror/debian"


def test_apt_without_a_mirror_is_passed_over(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="configures no mirror"):
        debian.find_mirror(tmp_path)
