"""The bars to be published: each change of a final bar once, found without reading history."""

import random
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cli.remask import remask
from ingest.formats.times import rfc3339
from tests.db import support
from tests.ingest import made
from tests.ingest.amended import cancel, correction, end, replacement
from tests.ingest.bars.queue import bars, candles, queue, start, values_of
from tests.ingest.store.late import TWO_AM, live, store_without_flushing

FIRST = (
    '{"v":1,"kind":"bar","source":"sim","symbol":"AAPL","interval":"1m",'
    '"bar_start":"2026-02-27T12:00:00Z","open":"100.5","high":"103","low":"100.5","close":"103",'
    '"volume":"40","vwap":"102.375","tick_count":2,"revision":1,"final":true}'
)


@pytest.fixture
def url(fresh_database):
    """A database whose bars are published from nine o'clock on."""
    start(fresh_database)
    return fresh_database


def refresh(url):
    with support.connect(url) as conn:
        support.refresh(conn)


def test_a_bar_is_a_message_with_exact_numbers(url, store_all):
    # (100.5 * 10 + 103 * 30) / 40
    store_all([made.trade(0, price="100.50"), made.trade(59, price="103.0", size="30")])
    assert queue(url) == [FIRST]


@pytest.mark.parametrize("is_stored", [False, True], ids=["from trades", "from stored candles"])
def test_bars_are_the_candles_of_a_minute(url, store_all, query, is_stored):
    chance = random.Random(1)
    trades = [
        made.trade(
            chance.randrange(-7200, 7200),
            symbol=chance.choice(["AAPL", "KRAKEN:BTC/USD", "ÄÖ"]),
            source=chance.choice(["sim", "kraken"]),
            price=str(chance.randrange(-500, 9_000_000) / 1000),
            size=chance.choice([None, "0", "0.00000001", "12.50"]),
            dedupe_id=str(number),
        )
        for number in range(3_000)
    ]
    store_all(trades[:1_000], trades[1_000:])
    if is_stored:
        refresh(url)
    found = queue(url)
    assert [values_of(message) for message in found] == candles(query)
    assert len(found) > 1_000


def test_bars_of_stored_candles_and_of_trades_have_the_same_bytes(clone, query, fresh_database):
    values = [made.trade(n, price=str(100 + n / 8), size=str(n % 7)) for n in range(300)]
    found = []
    for url, is_stored in ((clone(), False), (clone(), True)):
        start(url)
        store_without_flushing(url, made.batch(values))
        if is_stored:
            refresh(url)
        found.append(queue(url))
    assert found[0] == found[1]
    assert len(found[0]) == 5


def test_a_late_trade_gives_the_next_revision_of_its_bar_alone(url, store_all):
    store_all([made.trade(0), made.trade(60), made.trade(0, symbol="IBM")])
    assert bars(queue(url)) == [
        ("AAPL", "12:00", 1, "100.25", 1),
        ("IBM", "12:00", 1, "100.25", 1),
        ("AAPL", "12:01", 1, "100.25", 1),
    ]
    store_all([made.trade(30, price="7")])
    assert bars(queue(url)) == [("AAPL", "12:00", 2, "7", 2)]


def test_changes_between_two_publications_are_one_revision(url, store_all):
    store_all([made.trade(0)])
    queue(url)
    store_all([made.trade(1)], [correction(1, price="98")], [made.trade(2, price="99")])
    assert bars(queue(url)) == [("AAPL", "12:00", 2, "99", 3)]


def test_what_changes_no_bar_is_no_revision(url, store_all):
    store_all([made.trade(0)])
    queue(url)
    store_all([made.trade(0)], [made.quote()], [correction(0, price="100.250")])
    assert queue(url) == []
    store_all([made.trade(1), made.trade(2)])
    assert len(queue(url)) == 1
    store_all([cancel(5), made.trade(5)])
    assert queue(url) == []


def test_a_bar_whose_last_trade_is_cancelled_says_so(url, store_all):
    store_all([made.trade(0), made.trade(60)])
    queue(url)
    store_all([cancel(0)])
    assert queue(url) == [
        '{"v":1,"kind":"bar","source":"sim","symbol":"AAPL","interval":"1m",'
        '"bar_start":"2026-02-27T12:00:00Z","tick_count":0,"revision":2,"final":true,'
        '"deleted":true}'
    ]
    store_all([cancel(0)])
    assert queue(url) == []
    store_all([made.trade(10)])
    assert bars(queue(url)) == [("AAPL", "12:00", 3, "100.25", 1)]


def test_a_correction_and_one_that_waited_give_revisions(url, store_all):
    store_all([made.trade(0), made.trade(60)], [correction(120, price="5", amends=["120"])])
    queue(url)
    store_all([correction(0, price="99")])
    assert bars(queue(url)) == [("AAPL", "12:00", 2, "99", 1)]
    store_all([made.trade(121, dedupe_id="120")])
    assert bars(queue(url)) == [("AAPL", "12:02", 1, "5", 1)]


def test_a_range_that_is_sent_again_gives_revisions_of_the_bars_that_differ(url, store_all):
    store_all([made.trade(0), made.trade(60), made.trade(120)])
    queue(url)
    # the rows of the range carry an older batch than the one that ends it
    store_all([replacement(0), replacement(61, price="50"), replacement(180)])
    assert queue(url) == []
    store_all([end(3)])
    assert bars(queue(url)) == [
        ("AAPL", "12:01", 2, "50", 1),
        ("AAPL", "12:02", 2, None, 0),
        ("AAPL", "12:03", 1, "100.25", 1),
    ]


def test_changed_rules_give_revisions(url, store_all, query):
    store_all([made.trade(0), made.trade(1, price="5", conditions=["I"], tape="C")])
    assert bars(queue(url)) == [("AAPL", "12:00", 1, "5", 2)]
    query("update market.sources set rule_set = 'alpaca' where source = 'sim'")
    remask(url)
    assert bars(queue(url)) == [("AAPL", "12:00", 2, "100.25", 2)]


def test_a_bar_without_a_price_has_none(url, store_all):
    odd_lot = {"source": "alpaca", "tape": "C", "conditions": ["@", "I"], "exchange": "V"}
    store_all([made.trade(0, **odd_lot)])
    assert queue(url) == [
        '{"v":1,"kind":"bar","source":"alpaca","symbol":"AAPL","interval":"1m",'
        '"bar_start":"2026-02-27T12:00:00Z","volume":"10","tick_count":1,"revision":1,'
        '"final":true}'
    ]


@pytest.mark.community
def test_trades_that_are_moved_after_their_batch_give_bars(url, query):
    store_without_flushing(url, made.batch([*live(), made.trade(TWO_AM + 9 * 3600)]))
    assert [row[1] for row in bars(queue(url))] == ["14:00"]
    with support.as_role(url, "stockpulse_loader") as conn:
        conn.execute("call ops.flush_late_events()")
    assert bars(queue(url)) == [("AAPL", "11:00", 1, "100.25", 1)]


def test_a_minute_is_final_once_it_and_the_grace_are_over(url):
    now = datetime.now(UTC)
    over, running = now - timedelta(minutes=1), now + timedelta(seconds=30)
    values = [made.trade(n, event_time=rfc3339(time)) for n, time in enumerate((over, running))]
    store_without_flushing(url, made.batch(values, now=now))
    assert queue(url, "2 minutes") == []
    assert bars(queue(url, "0 seconds")) == [("AAPL", f"{over:%H:%M}", 1, "100.25", 1)]


def test_bars_before_the_start_are_not_published(fresh_database, store_all, query):
    store_all([made.trade(-60), made.trade(0)])
    start(fresh_database, datetime(2026, 2, 27, 12, 0, 30, tzinfo=UTC))
    assert bars(queue(fresh_database)) == [("AAPL", "12:00", 1, "100.25", 1)]
    store_all([made.trade(-59), made.trade(-120)])
    assert queue(fresh_database) == []
    assert query("select * from ops.bar_changes") == []


def test_bars_of_history_begin_with_the_present_minute_by_default(fresh_database, store_all):
    store_all([made.trade(0)])
    start(fresh_database, None)
    store_all([made.trade(1)])
    assert queue(fresh_database) == []


def test_nothing_is_logged_where_bars_are_not_published(store_all, query):
    store_all([made.trade(0), made.trade(60)], [correction(0)], [cancel(0)])
    assert query("select count(*) from ops.bar_changes") == [(0,)]


def test_starting_again_changes_nothing(url, store_all, query):
    store_all([made.trade(0)])
    before = query("select * from ops.bar_publication"), query("select * from ops.bar_changes")
    start(url, datetime(2020, 1, 1, tzinfo=UTC))
    after = query("select * from ops.bar_publication"), query("select * from ops.bar_changes")
    assert after == before


def test_a_transaction_that_commits_late_is_not_missed(url, store_all):
    store_all([made.trade(0)])
    queue(url)
    with psycopg.connect(url) as conn:
        conn.execute("update market.trades set price = 3 where tick_id = '0'")
        conn.execute("select ops.log_change('trade', 'AAPL', '2026-02-27 12:00:00+00')")
        store_all([made.trade(61)])
        assert bars(queue(url)) == [("AAPL", "12:01", 1, "100.25", 1)]
    assert bars(queue(url)) == [("AAPL", "12:00", 2, "3", 1)]


def test_candles_that_were_dropped_are_not_gone(url, store_all, query):
    store_all([made.trade(0), made.trade(3600)])
    queue(url)
    store_all([made.trade(1), made.trade(3601)])
    query("delete from market.trades where ts < '2026-02-27 13:00+00'")
    query(
        "update ops.retention_floors set floor_ts = '2026-02-27 13:00+00'"
        " where relation = 'candles_1m'"
    )
    assert bars(queue(url)) == [("AAPL", "13:00", 2, "100.25", 2)]


def forget(query, keep):
    query("select ops.forget_bars(now() - %s::timestamptz)", keep)


def test_old_bars_are_forgotten_once_they_are_sent(url, store_all, query):
    store_all([made.trade(0), made.trade(3600), made.trade(7200)])
    queue(url)
    query("update ops.published_bars set place = null where bucket < '2026-02-27 13:00+00'")
    noon_and_more = "2026-02-27 13:30+00"
    forget(query, noon_and_more)
    left = "select bucket from ops.published_bars where bucket < %s"
    assert [bucket.hour for (bucket,) in query(left, "2026-02-27 14:00+00")] == [13]
    query("update ops.published_bars set place = null")
    forget(query, noon_and_more)
    assert query(left, "2026-02-27 14:00+00") == []
    store_all([made.trade(1), made.trade(3601)])
    assert query("select * from ops.bar_changes") == []
    assert queue(url) == []


def test_no_change_is_forgotten_that_is_to_be_published(url, store_all, query):
    store_all([made.trade(0)])
    forget(query, "2026-02-27 13:00+00")
    assert bars(queue(url)) == [("AAPL", "12:00", 1, "100.25", 1)]
