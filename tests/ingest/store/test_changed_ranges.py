"""Changes that touch no event: bars of vendors, coverage, masks, and facts about instruments."""

from datetime import UTC, datetime, timedelta

from cli.remask import remask
from tests.ingest import made
from tests.ingest.amended import end
from tests.ingest.bars.vendors import bar
from tests.ingest.store.changed import events, newest, ranges
from tests.ingest.store.stores import TWELVE, trades
from tests.ingest.store.test_feed import at, finish, gap, heartbeat, start, stop

MINUTE = timedelta(minutes=1)


def coverage(reader, after=0):
    """Returns (symbol, kind of events, since, until), a time of now as `now`."""
    return [
        (row[1], row[5], row[3], "now" if row[4] > TWELVE + timedelta(days=1) else row[4])
        for row in ranges(reader, after)
        if row[0] == "coverage"
    ]


def test_bars_of_vendors_name_their_timeframe(store_all, reader):
    store_all([bar(0), bar(2), bar(0, interval="1h")])
    assert ranges(reader) == [
        ("bar", "IBM", "alphavantage", TWELVE, TWELVE + 3 * MINUTE, None, "1m"),
        ("bar", "IBM", "alphavantage", TWELVE, TWELVE + 60 * MINUTE, None, "1h"),
    ]
    assert events(reader) == []


def test_a_start_and_a_stop_change_the_coverage_of_their_series(store_all, reader):
    store_all([start(0), start(5, "MSFT")], [stop(8)])
    assert coverage(reader) == [
        ("AAPL", "trade", at(0), "now"),
        ("MSFT", "trade", at(5), "now"),
        ("AAPL", "trade", at(8), "now"),
    ]


def test_a_heartbeat_covers_what_came_since_the_one_before(store_all, reader):
    store_all([start(0), start(0, "MSFT"), heartbeat(3)], [heartbeat(7)], [heartbeat(7)])
    assert newest(reader) == 2
    assert coverage(reader, after=1) == [
        ("AAPL", "trade", at(3), at(7)),
        ("MSFT", "trade", at(3), at(7)),
    ]


def test_the_end_of_a_feed_changes_the_coverage_until_now(store_all, reader):
    store_all([start(0), heartbeat(3)], [finish(5)])
    assert coverage(reader, after=1) == [("AAPL", "trade", at(3), "now")]


def test_gaps_and_complete_batches_change_the_coverage_of_their_range(store_all, reader):
    store_all([start(0), heartbeat(9)], [gap(2, 4)], [end(0, replace=None)])
    hour = TWELVE + 60 * MINUTE
    assert coverage(reader, after=1) == [
        ("AAPL", "trade", at(2), at(4)),
        ("AAPL", "trade", TWELVE, hour),
    ]


def test_masks_made_again_touch_bars_and_no_event(fresh_database, store_all, reader, query):
    store_all(trades(0, conditions=["X"]), [made.quote(symbol="AAPL")])
    query("update market.sources set rule_set = 'alpaca' where source = 'sim'")
    assert newest(reader) == 2
    remask(fresh_database)
    day = datetime(2026, 2, 27, tzinfo=UTC)
    assert [row for row in ranges(reader, after=2) if row[0] == "trade"] == [
        ("trade", "AAPL", "sim", day, day + timedelta(days=1), None, None)
    ]
    assert events(reader, after=2) == []


def test_facts_about_an_instrument_touch_all_of_its_bars(store_all, reader, query):
    store_all([made.trade(0, symbol="META")])
    query("insert into market.names values ('FB', default, '2022-06-09', 'META')")
    query("insert into market.corporate_actions values ('META', now(), 'split', 2, 1)")
    query("update market.instruments set primary_source = 'sim', last_seen_at = now()")
    query("update market.instruments set last_seen_at = now()")
    assert newest(reader) == 4
    assert sorted(row[:3] for row in ranges(reader, after=1)) == [
        ("bar", symbol, None) for symbol in ("FB", "META") for _ in range(3)
    ]
