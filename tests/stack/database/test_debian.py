"""The embedded database from Debian's packages."""

import subprocess
from pathlib import Path

import pytest

from stack.database import debian
from stack.database.installation import Installation
from stack.providers import Unavailable


def test_every_library_resolves_inside_the_prefix(embedded: Installation) -> None:
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


def test_the_embedded_edition_is_apache(embedded: Installation) -> None:
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
def test_the_mirror_is_the_one_that_apt_uses(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert debian.find_mirror(tmp_path) == "http://mirror/debian"


def test_without_a_mirror_the_database_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no mirror is configured"):
        debian.find_mirror(tmp_path)


DEBIAN = {"ID": "debian", "VERSION_ID": "12", "PRETTY_NAME": "Debian GNU/Linux 12 (bookworm)"}


@pytest.mark.parametrize(
    ("os_release", "machine"),
    [
        pytest.param(DEBIAN, "x86_64", id="Debian 12"),
        pytest.param(DEBIAN | {"VERSION_ID": "13"}, "aarch64", id="Debian 13 on arm64"),
        pytest.param({"ID": "debian"}, "x86_64", id="Debian testing"),
        pytest.param({"ID": "lmde", "ID_LIKE": "debian", "VERSION_ID": "6"}, "x86_64", id="LMDE"),
    ],
)
def test_debian_and_its_derivatives_are_supported(os_release: dict[str, str], machine: str) -> None:
    debian.check_platform(os_release, machine)


@pytest.mark.parametrize(
    ("os_release", "machine", "name"),
    [
        pytest.param(DEBIAN | {"VERSION_ID": "11"}, "x86_64", "Debian GNU/Linux", id="Debian 11"),
        pytest.param(DEBIAN, "riscv64", "on riscv64", id="another processor"),
        pytest.param(
            {"ID": "ubuntu", "ID_LIKE": "debian", "PRETTY_NAME": "Ubuntu 24.04"},
            "x86_64",
            "Ubuntu 24.04 on x86_64",
            id="Ubuntu",
        ),
        pytest.param(
            {"ID": "linuxmint", "ID_LIKE": "ubuntu debian", "PRETTY_NAME": "Linux Mint 22"},
            "x86_64",
            "Linux Mint 22",
            id="derived from Ubuntu",
        ),
        pytest.param({}, "arm64", "on arm64", id="no /etc/os-release"),
    ],
)
def test_another_platform_is_named_with_those_that_are_supported(
    os_release: dict[str, str], machine: str, name: str
) -> None:
    with pytest.raises(Unavailable) as error:
        debian.check_platform(os_release, machine)
    assert f"needs {debian.PLATFORMS}, this is " in str(error.value)
    assert name in str(error.value)
