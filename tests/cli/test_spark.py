"""`stockpulse spark` and `verify --against spark`: one line for what cannot be."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import cli
from db.errors import StockpulseError, UsageError
from scale import extra, jars

ROOT = Path(__file__).parents[2]
CANDLES = ["spark", "candles", "--since", "2026-03-04", "--until", "2026-03-05"]
KAFKA = ["spark", "kafka", "--since-offsets", "0:1", "--until-offsets", "0:2"]
STREAM = ["spark", "stream", "--path", "candles"]


def error(words: list[str]) -> BaseException | None:
    return CliRunner().invoke(cli, words).exception


@pytest.mark.parametrize("words", [CANDLES, KAFKA, STREAM], ids=lambda words: words[1])
def test_without_the_extra_the_command_says_how_to_install_it(monkeypatch, words):
    monkeypatch.setattr(extra, "find_spec", lambda _name: None)
    raised = error(words)
    assert isinstance(raised, UsageError)
    assert str(raised) == "Spark needs more packages: pip install 'stockpulse[spark]'"


def test_without_the_extra_nothing_is_compared_with_spark(monkeypatch):
    monkeypatch.setattr("archive.extra.find_spec", lambda _name: None)
    raised = error(["verify", "--against", "spark"])
    assert isinstance(raised, UsageError)
    assert "pip install 'stockpulse[archive]'" in str(raised)


def test_a_sample_is_not_compared_with_the_archive():
    raised = error(["verify", "--against", "archive", "--sample", "5"])
    assert str(raised) == "--sample does not go with --against archive"


def test_a_day_is_written_as_iso_8601():
    raised = error([*CANDLES[:3], "04.03.2026", *CANDLES[4:]])
    assert isinstance(raised, UsageError)
    assert str(raised) == "'04.03.2026' is not a day like 2026-02-27"


def test_jars_that_are_missing_are_named(tmp_path):
    with pytest.raises(StockpulseError, match="STOCKPULSE_SPARK_JARS is not set"):
        jars.find("", [])
    (tmp_path / "postgresql-42.7.14.jar").touch()
    with pytest.raises(StockpulseError, match=r"has no kafka-clients-\*\.jar"):
        jars.find(str(tmp_path), ["postgresql", "kafka-clients"])
    assert len(jars.find(str(tmp_path), ["postgresql"])) == 1


def test_jars_need_maven(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    raised = error(["spark", "jars", str(tmp_path / "jars")])
    assert str(raised) == "mvn is missing: Apache Maven fetches the jars"


def test_only_the_jobs_import_spark():
    for room in ("db", "archive", "ingest", "api", "cli", "stack"):
        for path in (ROOT / room).rglob("*.py"):
            assert not re.search(r"^\s*(from|import) py(spark|4j)\b", path.read_text(), re.M), path


def test_the_modules_of_the_jobs_are_imported_without_spark():
    """Types are named, and classes imported when a job begins."""
    for path in (ROOT / "scale").rglob("*.py"):
        for line in path.read_text().splitlines():
            assert not re.match(r"(from|import) py(spark|4j)\b", line), path
