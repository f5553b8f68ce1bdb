"""PostgreSQL with TimescaleDB that is already on this machine."""

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
    """Executables of one PostgreSQL that has TimescaleDB."""

    bindir: Path
    postgres: str  # "17.11"
    timescaledb: str  # "2.19.3"
    edition: Kind
    origin: str  # "found in ..." or "embedded"


def find(environ: Mapping[str, str]) -> Installation:
    """Returns the best installation: Community before Apache, the newest first."""
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
    """Returns what `bindir` belongs to; raises Unavailable if TimescaleDB is not part of it."""
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
        raise Unavailable(f"{postgres} says {text!r} instead of its version")
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
