"""A day in the archive is the day in the database, row by row, and every change of it is found."""

import os
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from archive import restore, session, sums
from archive.catalog import WarehouseAway
from archive.ledger import IsBusy
from archive.settings import ArchiveSettings
from cli.progress import no_progress
from db.errors import SettingsError
from tests.archive import support as days
from tests.db import loading, support
from tests.db.support import trade


@pytest.fixture
def filled(settings: ArchiveSettings) -> ArchiveSettings:
    """A database with a day."""
    days.fill(settings.database_url)
    return settings


def test_every_relation_of_a_day_is_archived_row_by_row(filled: ArchiveSettings) -> None:
    found = days.archive(filled)
    assert found.refused == []
    names = {one.relation for one in found.written}
    assert {"trades", "quotes", "candles_1m", "quote_candles_1d", "amendments"} <= names
    for name in names - {"amendments"}:
        assert days.equal(filled, name), name
    trades = days.archived(filled, "trades")
    # Worked out by hand: nulls, empty texts and lists, and three equal trades without an id.
    assert [row["conditions"] for row in trades if row["tick_id"] in {"tie0", "tie1", "tie2"}] == [
        [],
        ["", 'a"b', "{c,d}", "e"],
        None,
    ]
    assert [row["tick_id"] for row in trades].count(None) == 3
    assert [row["tick_id"] for row in trades].count("") == 1
    assert [row["exchange"] for row in trades].count("") == 1
    assert str(next(row["price"] for row in trades if row["tick_id"] == "least")) == "1E-18"
    recorded = dict(days.ledger(filled.database_url, "relation, rows", "verified_at is not null"))
    assert recorded["trades"] == len(trades) == 19
    assert recorded["amendments"] == 0
    assert set(recorded) == names


@pytest.mark.scale
def test_a_day_that_has_not_changed_is_not_written_again(filled: ArchiveSettings) -> None:
    days.archive(filled)
    before = days.ledger(filled.database_url, "relation, snapshot")
    assert days.archive(filled).written == []
    with support.connect(filled.database_url) as conn:
        conn.execute("update ops.archives set verified_at = null")  # killed before it was read back
    again = days.archive(filled)
    assert [one.relation for one in again.written if one.is_new] == []
    assert (
        days.ledger(filled.database_url, "relation, snapshot", "verified_at is not null") == before
    )


@pytest.mark.scale
def test_a_corrected_day_is_a_new_snapshot_and_the_old_one_stays(filled: ArchiveSettings) -> None:
    days.archive(filled)
    before = days.archived(filled, "trades")
    ((old,),) = days.ledger(filled.database_url, "snapshot", "relation = 'trades'")
    with loading.loader(filled.database_url) as loader:
        tie = trade(days.moment(10), "100", "2", seq=5, tick_id="tie0")
        loading.amend(loader, loading.correction(tie._replace(price="123.450")))
    with support.connect(filled.database_url) as conn:
        support.refresh_all(conn)
    found = days.archive(filled)
    written = {one.relation for one in found.written if one.is_new}
    assert {"trades", "candles_1m", "candles_1d", "amendments"} <= written
    assert not written & {"quotes", "quote_candles_1m"}
    after = days.equal(filled, "trades")
    assert days.archived(filled, "trades", as_of=old) == before != after
    assert days.archived(filled, "amendments")[0]["new_price"].normalize() == Decimal("123.45")
    # An amendment may have come while they were read: they are looked at again for some minutes.
    assert [one.relation for one in days.archive(filled).written] == ["amendments"]


def test_rows_that_are_gone_do_not_overwrite_the_archive(filled: ArchiveSettings) -> None:
    days.archive(filled)
    before = days.archived(filled, "trades")
    with support.connect(filled.database_url) as conn:
        conn.execute("delete from market.trades where symbol = 'AAPL'")
        conn.execute("update ops.archives set verified_at = null where relation = 'trades'")
    found = days.archive(filled)
    assert len(found.refused) == 1
    assert "the database has 3 rows, the archive 19, and 0 were cancelled since" in found.refused[0]
    assert days.archived(filled, "trades") == before
    assert days.archive(filled, force=True).refused == []
    assert len(days.archived(filled, "trades")) == 3


@pytest.mark.scale
def test_cancelled_trades_need_no_force(filled: ArchiveSettings) -> None:
    days.archive(filled)
    with loading.loader(filled.database_url) as loader:
        for tick_id, hours in (("least", 11), ("negative", 11.5), ("no size", 12.1)):
            loading.amend(loader, loading.cancel(trade(days.moment(hours), "1", tick_id=tick_id)))
    with support.connect(filled.database_url) as conn:
        support.refresh_all(conn)
    assert days.archive(filled).refused == []
    assert len(days.equal(filled, "trades")) == 16
    with support.connect(filled.database_url) as conn:  # one more than were cancelled
        conn.execute("delete from market.trades where tick_id = 'tie3'")
        conn.execute("update ops.archives set verified_at = null where relation = 'trades'")
    assert len(days.archive(filled).refused) == 1


@pytest.mark.scale
def test_all_rows_of_a_day_can_be_cancelled(settings: ArchiveSettings) -> None:
    only = trade(days.moment(10), "5", tick_id="only")
    with support.connect(settings.database_url) as conn:
        support.insert(conn, [only])
        support.refresh_all(conn)
        days.archive(settings)
        with loading.loader(settings.database_url) as loader:
            loading.amend(loader, loading.cancel(only))
        support.refresh_all(conn)
    assert days.archive(settings).refused == []
    assert days.archived(settings, "trades") == days.archived(settings, "candles_1m") == []


@pytest.mark.scale
def test_numbers_with_more_zeros_than_fit_are_archived_and_come_back_with_them(
    settings: ArchiveSettings,
) -> None:
    """Arrow takes 38 digits, and prints small numbers as 1E-18, of which no zeros can be cut."""
    price, size = "0.000000000000000001" + "0" * 12, "100." + "0" * 40
    with support.connect(settings.database_url) as conn:
        support.insert(conn, [trade(days.moment(10), price, size, tick_id="a")])
        support.refresh_all(conn)
        before = days.stored(settings.database_url, "trades")
        assert days.archive(settings).refused == []
        (row,) = days.equal(settings, "trades")
        assert (row["price"], row["size"]) == (Decimal("1E-18"), 100)
        conn.execute("delete from market.trades")
        conn.commit()
        restore.restore(settings, no_progress, days.DAY)
    assert str(days.stored(settings.database_url, "trades")) == str(before)


@pytest.mark.scale
@pytest.mark.parametrize(
    "price", ["0.0000000000000000001", "100000000000000000000", "-123456789012345678901.5"]
)
def test_a_value_that_does_not_fit_is_named_before_anything_is_written(
    filled: ArchiveSettings, price: str
) -> None:
    with support.connect(filled.database_url) as conn:
        support.insert(conn, [trade(days.moment(5), price, "0", tick_id="unfit", symbol="WEI")])
        support.refresh_all(conn)
    found = days.archive(filled)
    (sentence,) = (one for one in found.refused if one.startswith("trades "))
    assert f"WEI sim {days.DAY} 05:00:00+00 price {price}" in sentence
    assert days.ledger(filled.database_url, where="relation in ('trades', 'candles_1m')") == []
    assert days.ledger(filled.database_url, "rows", "relation = 'quotes'") == [(4,)]


@pytest.mark.scale
def test_candles_that_are_behind_their_trades_are_not_archived(filled: ArchiveSettings) -> None:
    with support.connect(filled.database_url) as conn:
        support.insert(conn, [trade(days.moment(10), "9000", "3", seq=9, tick_id="late")])
        found = days.archive(filled)
        assert len(found.refused) == 8  # one per level
        assert "candles_1m" in found.refused[0]
        assert "are behind their events: stockpulse refresh" in found.refused[0]
        support.refresh_all(conn)
    assert days.archive(filled).refused == []
    assert days.equal(filled, "candles_1m")


@pytest.mark.scale
def test_sums_of_sequence_numbers_and_of_large_prices_do_not_wrap(filled: ArchiveSettings) -> None:
    """int64 wraps at 9.2e18 and decimal128(38,18) at 1.7e20, both silently."""
    days.archive(filled)
    with support.connect(filled.database_url) as conn:
        row = conn.execute(
            "select sum(seq::numeric), sum(price) from market.trades where ts >= %s and ts < %s",
            [days.START, days.START + timedelta(days=1)],
        ).fetchone()
    assert row is not None
    assert row[0] > 2**63
    assert row[1] > 10**20
    summed = days.sums_of(filled, "trades")
    columns = [*sums.columns_of(days.relation(filled, "trades"))]
    assert summed[1 + columns.index("seq")] == f"19 {row[0]}"
    assert summed[1 + columns.index("price")] == f"19 {row[1]}"


@pytest.mark.scale
def test_a_warehouse_that_is_away_is_not_seen(filled: ArchiveSettings) -> None:
    days.archive(filled)
    with support.connect(filled.database_url) as conn:
        seen = conn.execute("select seen_at from ops.archive_state where is_on").fetchone()
        assert seen is not None
        away = Path(filled.warehouse).rename(f"{filled.warehouse}.away")
        with pytest.raises(WarehouseAway, match="STOCKPULSE_WAREHOUSE cannot be read"):
            days.archive(filled)
        assert conn.execute("select seen_at from ops.archive_state").fetchone() == seen
        away.rename(filled.warehouse)
        days.archive(filled)
        assert conn.execute("select seen_at > %s from ops.archive_state", seen).fetchone() == (
            True,
        )


@pytest.mark.scale
def test_another_warehouse_than_that_of_the_archive_is_refused(
    filled: ArchiveSettings, tmp_path: Path
) -> None:
    """Iceberg's tables stay where they were made, whatever the setting is by now."""
    days.archive(filled)
    moved = replace(filled, warehouse=str(tmp_path / "elsewhere"))
    sentence = f"elsewhere, but this database's archive is in file://{filled.warehouse}: "
    with pytest.raises(SettingsError, match=sentence):
        days.archive(moved)
    with pytest.raises(SettingsError, match=sentence):
        restore.restore(moved, no_progress, days.DAY)


def test_a_warehouse_that_cannot_be_written_ends_the_command(filled: ArchiveSettings) -> None:
    """The rows of the day that are still to come would keep its transaction from ending."""
    blocked = Path(filled.warehouse, "market", "trades", "data")
    blocked.parent.mkdir(parents=True)
    blocked.touch()
    ended = subprocess.run(
        [sys.executable, "-m", "cli", "archive", str(days.DAY)],
        env={
            **{name: text for name, text in os.environ.items() if name[:10] != "STOCKPULSE"},
            "STOCKPULSE_DATABASE_URL": filled.database_url,
            "STOCKPULSE_WAREHOUSE": filled.warehouse,
        },
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(
        "stockpulse: the warehouse in STOCKPULSE_WAREHOUSE cannot be read or written: "
    )
    assert "Traceback" not in ended.stderr


@pytest.mark.scale
def test_a_day_that_is_dropped_next_is_archived_again_if_its_file_is_gone(
    filled: ArchiveSettings,
) -> None:
    days.archive(filled)
    with support.connect(filled.database_url) as conn:
        support.keep_events(conn, "3 days")
    (path,) = Path(filled.warehouse, "market", "trades", "data").rglob("*.parquet")
    path.unlink()
    assert [one.relation for one in days.archive(filled).written if one.is_new] == ["trades"]
    assert days.equal(filled, "trades")


@pytest.mark.scale
def test_one_archives_at_a_time(filled: ArchiveSettings) -> None:
    with session.opened(filled), pytest.raises(IsBusy):
        days.archive(filled)
