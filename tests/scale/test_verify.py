"""Candles compared with those of the archive: every figure, once the database has refreshed."""

from datetime import timedelta
from decimal import Decimal

import pytest

pytest.importorskip("pyiceberg", reason="needs the extra `archive`")

import pyarrow as pa
from click.testing import CliRunner
from pyiceberg.expressions import GreaterThanOrEqual

from archive import catalog as catalogs
from archive import run
from cli.main import cli
from cli.progress import no_progress
from db.errors import UsageError
from scale import verify
from scale.settings import SparkSettings
from tests.db import support
from tests.db.support import quote, trade

DAYS_AGO = 3
START = support.midnight(DAYS_AGO)
NOON = START + timedelta(hours=12)
LEAST = "0.000000000000000001"  # which Arrow prints as 1E-18


@pytest.fixture
def settings(fresh_database, tmp_path) -> SparkSettings:
    """A day of a few events, refreshed and archived."""
    settings = SparkSettings(database_url=fresh_database, warehouse=str(tmp_path / "warehouse"))
    with support.connect(fresh_database) as conn:
        support.insert(
            conn,
            [
                trade(NOON, "1", "3", tick_id="a"),
                trade(NOON + timedelta(seconds=1), "2.50", "7", tick_id="b"),
                trade(NOON + timedelta(minutes=2), LEAST, "1", tick_id="c"),
                trade(NOON + timedelta(minutes=3), "1000000000000", LEAST, tick_id="d"),
                quote(NOON, "1.08001", "1.08004", tick_id="q1"),
                quote(NOON, "1.08002", "1.08004", tick_id="q2"),
                quote(NOON, "1.08002", "1.08003", tick_id="q3"),
            ],
        )
        support.refresh_all(conn)
    assert run.archive(settings, no_progress).refused == []
    return settings


def change(settings: SparkSettings, name: str, **values: object) -> None:
    """Gives all candles of a table of the archive other values."""
    table = catalogs.open_catalog(settings, role="stockpulse_owner").load_table(("market", name))
    rows = table.scan().to_arrow()
    for column, value in values.items():
        field = rows.schema.field(column)
        place = rows.schema.get_field_index(column)
        rows = rows.set_column(place, field, pa.array([value] * len(rows), field.type))
    table.overwrite(rows, GreaterThanOrEqual("bucket", "1970-01-01T00:00:00+00:00"))


def compared(settings: SparkSettings, **options: object) -> verify.Verified:
    return verify.verify(settings, no_progress, against="archive", **options)


@pytest.mark.scale
def test_candles_that_are_equal_are_counted_at_every_level(settings):
    found = compared(settings)
    assert len(found.candles) == 16
    assert found.candles["candles_1m"] == 3
    assert found.candles["quote_candles_1d"] == 1
    assert (found.wrong, found.pending, found.first) == (0, 0, [])


def test_each_figure_that_differs_is_named(settings):
    change(settings, "candles_1d", high=Decimal(77), tick_count=5)
    found = compared(settings)
    assert (found.wrong, found.mismatches["candles_1d"]) == (1, 1)
    assert {(one.field, one.stored, one.expected, one.kind) for one in found.first} == {
        ("high", 1000000000000, 77, "different"),
        ("tick_count", 4, 5, "different"),
    }


@pytest.mark.scale
def test_a_quotient_that_is_wrong_in_its_last_decimal_is_found(settings):
    change(settings, "quote_candles_1h", mean_spread=Decimal("0.000020000000000001"))
    found = compared(settings)
    assert [one.field for one in found.first] == ["mean_spread"]


@pytest.mark.scale
def test_candles_that_only_one_side_has_are_named(settings):
    change(settings, "candles_4h", symbol="OTHER")
    found = compared(settings)
    assert {(one.symbol, one.kind, one.field) for one in found.first} == {
        ("AAPL", "extra", "tick_count"),
        ("OTHER", "missing", "tick_count"),
    }
    assert compared(settings, symbol="AAPL").wrong == 1
    assert compared(settings, source="nobody").wrong == 0


def test_candles_are_compared_once_the_database_has_refreshed(settings):
    """Others know a late trade before the next refresh: that is no difference yet."""
    change(settings, "candles_1m", tick_count=9)
    with support.connect(settings.database_url) as conn:
        support.insert(conn, [trade(NOON + timedelta(seconds=2), "9", tick_id="late")])
        conn.commit()
        found = compared(settings)
        assert (found.pending, found.mismatches["candles_1m"]) == (1, 2)
        support.refresh_all(conn)
        conn.commit()
    found = compared(settings)
    assert (found.pending, found.mismatches["candles_1m"]) == (0, 3)


@pytest.mark.scale
def test_the_command_ends_with_1_if_a_candle_differs(settings, monkeypatch):
    monkeypatch.setenv("STOCKPULSE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("STOCKPULSE_WAREHOUSE", settings.warehouse)
    runner = CliRunner()
    words = ["verify", "--against", "archive", "--since", str(START.date())]
    ended = runner.invoke(cli, words)
    assert ended.exit_code == 0
    assert "candles_1m         3 candles, 0 wrong\n" in ended.output
    change(settings, "candles_1m", close=Decimal(5))
    ended = runner.invoke(cli, words)
    assert ended.exit_code == 1
    assert "stockpulse archive DAY" in ended.output


@pytest.mark.scale
def test_without_a_table_there_is_nothing_to_compare_with(settings):
    with pytest.raises(UsageError, match=r"no table spark\.candles_1m .* stockpulse spark candles"):
        verify.verify(settings, no_progress, against="spark")
