"""A day comes back from the archive as it was, and only once."""

from collections.abc import Callable

import pytest

from archive import restore as restoring
from archive.settings import ArchiveSettings
from cli.progress import no_progress
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
