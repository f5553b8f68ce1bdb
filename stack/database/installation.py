"""PostgreSQL with TimescaleDB that is already installed on this machine."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from db.edition import Kind
from db.errors import SettingsError
from stack.providers import Unavailable

SYSTEM = Path("/usr/lib/postgresql")


class Installation(msgspec.Struct, frozen=True):
    """The programs of one PostgreSQL that has TimescaleDB."""

    bindir: Path
    postgres: str  # "17.11"
    timescaledb: str  # "2.19.3"
    edition: Kind
    origin: str  # "found in ..." or "embedded"


def find(environ: Mapping[str, str]) -> Installation:
    """Returns the one in STOCKPULSE_PG_BINDIR, else the best on this machine.

    Community is preferred to Apache-2, then the newest version. Raises SettingsError if the
    variable names a directory without TimescaleDB, Unavailable if nothing is installed.
    """
    if given := environ.get("STOCKPULSE_PG_BINDIR"):
        try:
            return inspect(Path(given))
        except Unavailable as error:
            raise SettingsError(f"STOCKPULSE_PG_BINDIR is {given!r}, but {error}") from error
    found, reasons = [], []
    for bindir in _bindirs(environ):
        try:
            found.append(inspect(bindir))
        except Unavailable as error:
            reasons.append(str(error))
    if not found:
        raise Unavailable("; ".join(reasons) or "no PostgreSQL on this machine")
    return max(found, key=_rank)


def inspect(bindir: Path, origin: str = "") -> Installation:
    """Returns the installation in `bindir`; raises Unavailable if it has no TimescaleDB."""
    postgres = _version(bindir / "postgres")
    sharedir, libdir = _directories(bindir)
    control = sharedir / "extension" / "timescaledb.control"
    if not control.exists():
        raise Unavailable(f"PostgreSQL {postgres} in {bindir} has no TimescaleDB")
    match = re.search(r"default_version\s*=\s*'([^']+)'", control.read_text())
    if not match:
        raise Unavailable(f"{control} names no version")
    version = match[1]
    community = (libdir / f"timescaledb-tsl-{version}.so").exists()
    edition: Kind = "community" if community else "apache"
    return Installation(bindir, postgres, version, edition, origin or f"found in {bindir}")


def _bindirs(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yields the directory that pg_config names, then those of Debian's packages."""
    seen = set()
    if pg_config := shutil.which("pg_config", path=environ.get("PATH")):
        try:
            yield (bindir := Path(_output([pg_config, "--bindir"])))
        except Unavailable:
            pass
        else:
            seen.add(bindir.resolve())
    for bindir in sorted(SYSTEM.glob("*/bin")):
        if bindir.resolve() not in seen:
            yield bindir


def _version(postgres: Path) -> str:
    text = _output([str(postgres), "--version"])
    match = re.search(r"\d+(\.\d+)+", text)
    if not match:
        raise Unavailable(f"{postgres} --version prints {text!r}, which names no version")
    return match[0]


def _directories(bindir: Path) -> tuple[Path, Path]:
    """Returns sharedir and pkglibdir; Debian's server packages come without pg_config."""
    if (pg_config := bindir / "pg_config").exists():
        lines = _output([str(pg_config), "--sharedir", "--pkglibdir"]).splitlines()
        return Path(lines[0]), Path(lines[1])
    version = bindir.parent
    return version.parents[2] / "share" / "postgresql" / version.name, version / "lib"


def _output(command: list[str]) -> str:
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"{command[0]} does not run") from error
    return run.stdout.strip()


def _rank(installation: Installation) -> tuple[bool, list[int], list[int]]:
    def numbers(version: str) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", version)]

    community = installation.edition == "community"
    return community, numbers(installation.timescaledb), numbers(installation.postgres)
