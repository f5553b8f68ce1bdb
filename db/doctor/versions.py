"""Judges a pair of TimescaleDB and PostgreSQL by versions.toml."""

import re
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from db.doctor.rules import Finding, Severity
from db.edition import Edition, Kind

RULE = "versions"
BUGS = "known_bugs"
NAMES = {"community": "Community", "apache": "Apache-2"}

Version = tuple[int, ...]


class Tried(msgspec.Struct, frozen=True):
    """A pair of versions, and how far it has been tried."""

    edition: Kind
    timescaledb: str
    postgres: str
    how: Literal["suite", "once", "stated"]


class Fault(msgspec.Struct, frozen=True):
    """A fault of TimescaleDB: `text` follows its version."""

    edition: Kind
    severity: Severity
    text: str
    since: str = ""
    fixed: tuple[str, ...] = ()
    postgres: tuple[str, ...] = ()
    remedy: str = ""


class Versions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file versions.toml."""

    postgres: tuple[int, ...]
    oldest: dict[Kind, str]
    tried: tuple[Tried, ...]
    fault: tuple[Fault, ...]


@cache
def load() -> Versions:
    """Returns what is known of versions."""
    text = files("db.doctor").joinpath("versions.toml").read_bytes()
    return msgspec.toml.decode(text, type=Versions)


def refusals(found: Edition) -> list[Finding]:
    """Returns why this pair is not supported, if it is not."""
    known = load()
    texts = []
    if version(found.postgres)[0] not in known.postgres:
        texts.append(
            f"PostgreSQL {found.postgres} is not supported;"
            f" {known.postgres[0]} to {known.postgres[-1]} are"
        )
    if version(found.timescaledb) < version(oldest := known.oldest[found.kind]):
        texts.append(f"TimescaleDB {_name(found)} is older than {oldest}")
    remedy = "upgrade PostgreSQL or its timescaledb package; docs/runbooks/upgrade.md says how"
    return [Finding(RULE, "error", text, remedy) for text in texts]


def faults(found: Edition) -> list[Finding]:
    """Returns the known faults of this pair, and that nobody has tried it if so."""
    findings = [
        finding
        for fault in load().fault
        if fault.edition == found.kind and _is_affected(version(found.timescaledb), fault)
        for finding in [_of_pair(found, fault) if fault.postgres else _of_one(found, fault)]
        if finding
    ]
    return findings + _untried(found)


def version(text: str) -> Version:
    """Returns (2, 30, 0) of "2.30.0-dev", (18,) of "18beta1"."""
    numbers = re.match(r"[0-9.]*", text)
    return tuple(int(number) for number in numbers[0].split(".") if number) if numbers else ()


def _is_affected(own: Version, fault: Fault) -> bool:
    if own < version(fault.since):
        return False
    fixes = [version(text) for text in fault.fixed]
    return not fixes or not (
        own >= max(fixes) or any(own[:2] == fix[:2] and own >= fix for fix in fixes)
    )


def _of_one(found: Edition, fault: Fault) -> Finding:
    fixes = _later(found, fault)
    text = f"TimescaleDB {_name(found)} {fault.text}" + (f"; fixed in {fixes}" if fixes else "")
    remedy = fault.remedy or f"upgrade timescaledb to {fixes}"
    return Finding(BUGS, fault.severity, text, remedy)


def _of_pair(found: Edition, fault: Fault) -> Finding | None:
    """Returns what this minor version of PostgreSQL meets, or the next one will."""
    own, fixes = version(found.postgres), _later(found, fault)
    first = next((text for text in fault.postgres if version(text)[:1] == own[:1]), None)
    if first is None:
        return None
    upgrade = f"upgrade timescaledb to {fixes}"
    if own >= version(first):
        text = f"TimescaleDB {_name(found)} on PostgreSQL {found.postgres} {fault.text}"
        return Finding(BUGS, fault.severity, text, "; ".join(filter(None, (upgrade, fault.remedy))))
    return Finding(
        BUGS,
        "info",
        f"TimescaleDB {_name(found)} on PostgreSQL {first} or newer {fault.text}",
        f"{upgrade} before you upgrade PostgreSQL {found.postgres}",
    )


def _later(found: Edition, fault: Fault) -> str:
    """Returns the versions with the fix to which this one can be upgraded."""
    own = version(found.timescaledb)
    return _either([text for text in fault.fixed if version(text) > own])


def _untried(found: Edition) -> list[Finding]:
    known = [one for one in load().tried if one.edition == found.kind and one.how != "stated"]
    if any(version(one.timescaledb) == version(found.timescaledb) for one in known):
        return []
    versions = _either(sorted({one.timescaledb for one in known}, key=version))
    return [
        Finding(
            RULE,
            "info",
            f"StockPulse has not been tried on TimescaleDB {_name(found)}, but on {versions}",
            "try it on a copy: stockpulse doctor and stockpulse verify have to find nothing",
        )
    ]


def _name(found: Edition) -> str:
    return f"{found.timescaledb} {NAMES[found.kind]}"


def _either(versions: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(versions[:-1]), *versions[-1:])))
