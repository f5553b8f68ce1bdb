"""A day comes back from the archive as it was, and only once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest

from archive import restore as restoring
from archive.catalog import WarehouseAway
from archive.one_day import NotEqual
from archive.part import OtherRows
from archive.settings import ArchiveSettings
from cli.progress import no_progress
from db.errors import UsageError
from db.settings import changed
from tests.archive import support as days
from tests.db import loading, support
from tests.db.support import trade


def restore(settings: ArchiveSettings, **options: object) -> restoring.Restored:
    """Restores the day."""
    return restoring.restore(settings, no_progress, days.DAY, **options)  # type: ignore[arg-type]


@pytest.fixture
def empty(settings: ArchiveSettings, clone: Callable[[], str]) -> ArchiveSettings:
    """The warehouse with another database, which has nothing."""
    return changed(settings, database_url=clone())


def test_a_day_comes_back_into_an_empty_database_with_its_candles(
    settings: ArchiveSettings, empty: ArchiveSettings
) -> None:
    days.fill(settings.database_url)
    with loading.loader(settings.database_url) as loader:
        first = trade(days.moment(10), "100", "2", seq=5, tick_id="tie0")
        loading.amend(
            loader,
            loading.correction(first._replace(price="101.5")),
            loading.cancel(trade(days.moment(11.5), "1", tick_id="negative")),
            loading.cancel(trade(days.moment(15), "1", tick_id="never came")),
        )
    with support.connect(settings.database_url) as conn:
        support.refresh_all(conn)
    assert days.archive(settings).refused == []
    restored = restore(empty)
    assert restored.differing == []
    assert restored.rows["amendments"] == 3
    for name in ("trades", "quotes", "amendments"):
        rows = days.stored(settings.database_url, name)
        assert str(days.stored(empty.database_url, name)) == str(rows)
        assert restored.rows[name] == len(rows)
    with (
        support.connect(empty.database_url) as ours,
        support.connect(settings.database_url) as all_,
    ):
        for relation in support.KEPT:
            of_day = [row for row in support.candles(all_, relation) if row[0].date() == days.DAY]
            assert support.candles(ours, relation) == of_day
            assert of_day


@pytest.mark.scale
def test_a_day_that_is_there_is_restored_once(
    settings: ArchiveSettings, empty: ArchiveSettings
) -> None:
    days.fill(settings.database_url)
    days.archive(settings)
    assert restore(settings).rows == {"trades": 0, "quotes": 0}
    restore(empty)
    with support.connect(empty.database_url) as conn:
        conn.execute("delete from market.trades where tick_id like 'tie%' or tick_id is null")
    assert restore(empty).rows["trades"] == 7
    assert days.stored(empty.database_url, "trades") == days.stored(settings.database_url, "trades")


@pytest.mark.scale
def test_equal_trades_without_an_id_come_back_as_often_as_they_were(
    settings: ArchiveSettings,
) -> None:
    days.fill(settings.database_url)
    days.archive(settings)
    before = days.stored(settings.database_url, "trades")
    with support.connect(settings.database_url) as conn:
        conn.execute(
            "delete from market.trades where ctid = (select min(ctid) from market.trades"
            " where tick_id is null) and tick_id is null"
        )
    assert len(days.stored(settings.database_url, "trades")) == len(before) - 1
    assert restore(settings).rows["trades"] == 1
    assert str(days.stored(settings.database_url, "trades")) == str(before)


@pytest.mark.scale
def test_a_day_in_another_state_stays_as_it_is(settings: ArchiveSettings) -> None:
    days.fill(settings.database_url)
    days.archive(settings)
    with support.connect(settings.database_url) as conn:
        conn.execute("update market.trades set price = 1 where tick_id = 'tie3'")
        conn.execute("delete from market.trades where tick_id = 'tie2'")
    before = days.stored(settings.database_url, "trades")
    with pytest.raises(OtherRows, match="has rows that differ"):
        restore(settings)
    assert days.stored(settings.database_url, "trades") == before
    assert held(settings) == []


@pytest.mark.scale
def test_an_earlier_state_of_a_day_can_be_restored(
    settings: ArchiveSettings, empty: ArchiveSettings
) -> None:
    days.fill(settings.database_url)
    days.archive(settings)
    before = days.stored(settings.database_url, "trades")
    at = datetime.now(UTC)
    ((old,),) = days.ledger(settings.database_url, "snapshot", "relation = 'trades'")
    with loading.loader(settings.database_url) as loader:
        first = trade(days.moment(10), "100", "2", seq=5, tick_id="tie0")
        loading.amend(loader, loading.cancel(first))
    with support.connect(settings.database_url) as conn:
        support.refresh_all(conn)
    days.archive(settings)
    assert restore(empty, as_of=at).differing == []
    assert str(days.stored(empty.database_url, "trades")) == str(before)
    with support.connect(empty.database_url) as conn:
        conn.execute("delete from market.trades")
    assert restore(empty, as_of=old).rows == {"trades": len(before)}
    with pytest.raises(OtherRows):
        restore(empty)
    with pytest.raises(UsageError, match="does not have"):
        restore(empty, as_of=at - timedelta(days=1))


@pytest.mark.scale
def test_new_amendments_and_batches_do_not_take_the_numbers_of_restored_ones(
    settings: ArchiveSettings, empty: ArchiveSettings
) -> None:
    days.fill(settings.database_url)
    with loading.loader(settings.database_url) as loader:
        for hour in (1, 2, 3):
            loading.amend(loader, loading.cancel(trade(days.moment(hour), "1", tick_id="none")))
    with support.connect(settings.database_url) as conn:
        conn.execute("update market.trades set batch = 77 where tick_id = 'tie0'")
    days.archive(settings)
    with loading.loader(empty.database_url) as loader:  # one that has the number of another
        loading.amend(loader, loading.cancel(trade(days.moment(4), "1", tick_id="own")))
    assert restore(empty).rows["amendments"] == 3
    assert restore(empty).rows["amendments"] == 0
    with loading.loader(empty.database_url) as loader:
        loading.amend(loader, loading.cancel(trade(days.moment(5), "1", tick_id="new")))
    with support.connect(empty.database_url) as conn:
        ids = [row[0] for row in conn.execute("select id from ops.amendments").fetchall()]
        assert len(set(ids)) == 5
        assert conn.execute("select nextval('ops.load_batch_ids') > 77").fetchone() == (True,)


@pytest.mark.scale
def test_a_restored_day_is_held_until_it_is_released(
    settings: ArchiveSettings, empty: ArchiveSettings
) -> None:
    days.fill(settings.database_url)
    days.archive(settings)
    restore(empty)
    assert held(empty) == ["quotes", "trades"]
    assert restoring.release(empty.database_url, days.DAY)
    assert held(empty) == []
    assert not restoring.release(empty.database_url, days.DAY)


@pytest.mark.scale
def test_a_restored_day_is_archived_again_without_a_new_snapshot(
    settings: ArchiveSettings, empty: ArchiveSettings
) -> None:
    days.fill(settings.database_url)
    days.archive(settings)
    restore(empty)
    found = days.archive(empty)
    assert found.refused == []
    assert [one.relation for one in found.written if one.is_new] == []


@pytest.mark.scale
def test_changed_files_are_not_restored(settings: ArchiveSettings, empty: ArchiveSettings) -> None:
    days.fill(settings.database_url)
    days.archive(settings)
    (path,) = Path(settings.warehouse, "market", "trades", "data").rglob("*.parquet")
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    with pytest.raises(NotEqual, match="its files were changed"):
        restore(empty)
    assert days.stored(empty.database_url, "trades") == []
    path.unlink()
    with pytest.raises(WarehouseAway):
        restore(empty)


def held(settings: ArchiveSettings) -> list[str]:
    """Returns the relations that have the day as a restored one."""
    with psycopg.connect(settings.database_url) as conn:
        rows = conn.execute("select relation from ops.restored_days order by relation").fetchall()
    return [row[0] for row in rows]
