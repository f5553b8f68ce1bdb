"""Pairs of TimescaleDB and PostgreSQL, and the table of the README; nothing is asked."""

import re
from pathlib import Path

import pytest
import yaml

from db.doctor import versions
from db.edition import Edition, Kind

ROOT = Path(__file__).parents[3]
COMMUNITY, APACHE = "community", "apache"


def refused(kind: Kind, timescaledb: str, postgres: str) -> list[str]:
    return [one.sentence for one in versions.refusals(Edition(kind, timescaledb, postgres))]


def faults(kind: Kind, timescaledb: str, postgres: str, *severities: str) -> list[str]:
    found = versions.faults(Edition(kind, timescaledb, postgres))
    assert all(one.remedy for one in found)
    return [one.sentence for one in found if one.severity in severities]


@pytest.mark.parametrize(
    "kind, timescaledb, postgres, count",
    [
        (COMMUNITY, "2.29.2", "16.1", 0),
        (COMMUNITY, "2.30.0-dev", "18.0", 0),
        (COMMUNITY, "2.29.1", "17.6", 1),
        (COMMUNITY, "2.9.3", "17.6", 1),
        (COMMUNITY, "2.31.0", "15.20", 1),
        (COMMUNITY, "2.31.0", "19beta1", 1),
        (APACHE, "2.19.3", "17.6", 0),
        (APACHE, "2.19.2", "15.1", 2),
    ],
)
def test_old_versions_are_refused(kind: Kind, timescaledb: str, postgres: str, count: int) -> None:
    assert len(refused(kind, timescaledb, postgres)) == count


# Read in the release notes of 2.27.3, 2.28.4, 2.31.2 and 2.32.0.
@pytest.mark.parametrize(
    "timescaledb, postgres, fails",
    [
        ("2.27.2", "17.12", True),
        ("2.27.3", "17.12", False),
        ("2.28.3", "16.16", True),
        ("2.28.5", "16.16", False),
        ("2.29.2", "18.7", True),
        ("2.30.1", "18.8", True),
        ("2.31.1", "17.12", True),
        ("2.31.2", "17.12", False),
        ("2.32.0", "18.7", True),
        ("2.32.1", "18.7", False),
        ("2.33.0", "18.7", False),
        ("2.29.2", "18.6", False),
        ("2.29.2", "17.11", False),
        ("2.32.0", "16.15", False),
    ],
)
def test_jobs_that_fail_on_new_minor_versions_of_postgresql_are_an_error(
    timescaledb: str, postgres: str, fails: bool
) -> None:
    found = faults(COMMUNITY, timescaledb, postgres, "error")
    assert [("fails at every job" in text) for text in found] == [True] * fails


def test_the_next_upgrade_of_postgresql_is_warned_of_before_it_stops_all_jobs() -> None:
    found = versions.faults(Edition(COMMUNITY, "2.29.2", "18.4"))
    assert [(one.severity, one.remedy) for one in found] == [
        ("info", "upgrade timescaledb to 2.31.2 or 2.32.1 before you upgrade PostgreSQL 18.4")
    ]
    assert "2.29.2 Community on PostgreSQL 18.7 or newer fails at every job" in found[0].sentence


def test_apache_has_no_jobs_that_could_fail() -> None:
    found = faults(APACHE, "2.19.3", "17.12", "info", "warning", "error")
    assert len(found) == 2
    assert not any("job" in text for text in found)


def test_faults_are_told_up_to_the_version_that_fixes_them() -> None:
    assert len(faults(COMMUNITY, "2.28.3", "18.4", "warning")) == 3
    assert len(faults(COMMUNITY, "2.29.1", "18.4", "warning")) == 1
    assert faults(COMMUNITY, "2.29.2", "18.4", "warning") == []
    assert not any("upgraded to" in text for text in faults(COMMUNITY, "2.27.3", "18.4", "warning"))
    assert any("upgraded to" in text for text in faults(COMMUNITY, "2.28.1", "18.4", "warning"))


def test_versions_that_nobody_has_tried_are_told() -> None:
    assert faults(COMMUNITY, "2.31.2", "18.7", "info") == [
        "StockPulse has not been tried on TimescaleDB 2.31.2 Community, but on 2.29.2"
    ]
    texts = faults(COMMUNITY, "2.32.1", "17.12", "info")
    assert any("as the owner of the database instead of a superuser" in text for text in texts)


def test_every_fault_has_a_way_out() -> None:
    for fault in versions.load().fault:
        assert fault.fixed or fault.remedy
        assert not fault.text.endswith(".")


HOW = {
    "all tests run on it": "suite",
    "all tests have passed on it once": "once",
    "no test has run on it": "stated",
}


def test_the_table_of_the_readme_has_the_pairs_that_doctor_knows() -> None:
    text = (ROOT / "README.md").read_text().partition("\n## Versions\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (Community|Apache-2) ([\d.]+) \| ([\d., ]+) \| ([\w ]+)", text, re.M)
    listed = {
        (name, timescaledb, one, HOW[how.strip()])
        for name, timescaledb, numbers, how in rows
        for one in numbers.split(", ")
    }
    assert listed == {
        (versions.NAMES[one.edition], one.timescaledb, one.postgres, one.how)
        for one in versions.load().tried
    }


def test_compose_pins_the_newest_timescaledb_on_which_all_tests_have_run() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    timescaledb, _, postgres = services["timescaledb"]["image"].partition(":")[2].partition("-pg")
    tried = [one for one in versions.load().tried if one.edition == COMMUNITY]
    run = [versions.version(one.timescaledb) for one in tried if one.how == "suite"]
    assert versions.version(timescaledb) == max(run)
    assert refused(COMMUNITY, timescaledb, f"{postgres}.0") == []
    assert faults(COMMUNITY, timescaledb, f"{postgres}.0", "warning", "error") == []
    # The tag says no minor version.
    assert postgres in {
        one.postgres.partition(".")[0] for one in tried if one.timescaledb == timescaledb
    }
