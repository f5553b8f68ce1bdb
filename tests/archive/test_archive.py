"""A day in the archive is the day in the database, row by row, and every change of it is found."""

from tests.archive import support as days
from archive.settings import ArchiveSettings


def test_every_relation_of_a_day_is_archived_row_by_row(settings: ArchiveSettings) -> None:
    days.fill(settings.database_url)
    found = days.archive(settings)
    assert found.refused == []
    names = {one.relation for one in found.written}
    assert {"trades", "quotes", "candles_1m", "quote_candles_1d", "amendments"} <= names
    for name in names - {"amendments"}:
        assert days.equal(settings, name), name
