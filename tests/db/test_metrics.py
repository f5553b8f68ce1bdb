"""The state of a database as the loader's monitor reads it, with the loader's rights."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ingest.monitor.database import DatabaseWatch
from ingest.monitor.parts import PARTS
from tests.db import archived, feeds, support
from tests.db.feeds import ago
from tests.db.support import trade

Conn = psycopg.Connection[Any]
Read = Callable[[], dict[str, dict[tuple[str, ...], float]]]

HOUR = timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture
def read(fresh_database: str) -> Read:
    """Reads all that there is; returns values by gauge, without stockpulse_, and labels."""

    def read() -> dict[str, dict[tuple[str, ...], float]]:
        watch = DatabaseWatch(fresh_database, disk_bytes=10**12)
        watch.read()
        watch.close()
        found: dict[str, dict[tuple[str, ...], float]] = {}
        for family in watch.facts.collect():
            values = {tuple(one.labels.values()): one.value for one in family.samples}
            assert len(values) == len(family.samples), f"{family.name} has the same labels twice"
            found[family.name.removeprefix("stockpulse_")] = values
        return found

    return read


def add_trades(conn: Conn, source: str, symbol: str, *ages: timedelta) -> None:
    """Adds trades that came when they were made."""
    now = datetime.now(UTC)
    support.insert(conn, [trade(now - age, "1", symbol=symbol, source=source) for age in ages])
    conn.execute(
        "update market.instruments set last_seen_at = %s where symbol = %s",
        [now - min(ages), symbol],
    )


def set_sessions(conn: Conn, calendar: str, *sessions: tuple[str, str]) -> None:
    """Adds sessions by their distances from now."""
    with conn.transaction():  # which has one now()
        for number, (opens, closes) in enumerate(sessions):
            conn.execute(
                "insert into market.sessions (calendar, session_date, open_at, close_at) values"
                " (%s, '2026-01-01'::date + %s::int, now() + %s::interval, now() + %s::interval)",
                [calendar, number, opens, closes],
            )


def test_every_part_of_a_new_database_can_be_read(conn: Conn, read: Read) -> None:
    found = read()
    assert found["database_facts_missing"] == {(part.name,): 0 for part in PARTS}
    [(edition, timescaledb, _postgresql)] = found["database_info"]
    assert edition in ("community", "apache")
    assert timescaledb.count(".") == 2
    assert found["database_is_replica"] == {(): 0}
    assert found["database_bytes"][()] > 1_000_000
    assert found["disk_bytes"] == {(): 10**12}
    assert found["wal_bytes"][()] > 0
    assert found["replicas_connected"] == {(): 0}
    assert found["amendments_waiting"] == {(): 0}
    assert len(found["candles_staleness_seconds"]) == 16
    assert set(found["candles_staleness_seconds"].values()) == {0}
    assert {("trades",), ("candles_1m",), ("rejects",)} <= set(found["relation_bytes"])
    for absent in (
        "database_growth_bytes_per_day", "disk_full_days", "rejects_unreviewed",
        "source_silent_seconds", "verify_mismatches", "retention_next_drop_bytes",
        "candles_oldest_pending_timestamp_seconds", "replica_lag_seconds",
    ):  # fmt: skip
        assert found[absent] == {}, absent


def test_a_login_that_may_not_monitor_the_server_misses_that_alone(
    conn: Conn, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = DatabaseWatch(fresh_database)
    run = watch._connection.run
    monkeypatch.setattr(
        watch._connection, "run", lambda name, _role=None: run(name, "stockpulse_loader")
    )
    watch.read()
    watch.close()
    missing = next(one for one in watch.facts.collect() if one.name.endswith("facts_missing"))
    assert {one.labels["fact"] for one in missing.samples if one.value} == {"replicas", "wal"}


def test_rejects_are_counted_by_reason_and_the_rare_ones_together(conn: Conn, read: Read) -> None:
    conn.execute(
        'insert into ops.rejects (topic, "partition", "offset", reason, detail)'
        " select 't', 0, number, 'reason ' || least(number, 25), 'x'"
        " from generate_series(1, 30) as number"
    )
    found = read()["rejects_unreviewed"]
    assert found["reason 25",] == 6
    assert found["(other)",] == 5
    assert len(found) == 21
    assert sum(found.values()) == 30


def test_a_flood_of_rejects_is_counted_all_the_same(conn: Conn, read: Read) -> None:
    conn.execute(
        'insert into ops.rejects (topic, "partition", "offset", reason, detail)'
        " select 't', 0, number, case when number <= 500 then 'old' else 'new' end, 'x'"
        " from generate_series(1, 100500) as number"
    )
    conn.execute("analyze ops.rejects")
    assert read()["rejects_unreviewed"] == {("new",): 100_000, ("(older)",): 500}


def test_candles_are_pending_from_the_change_to_the_refresh(conn: Conn, read: Read) -> None:
    start = support.midnight(3) + HOUR
    support.insert(conn, [trade(start, "1"), trade(start + 2 * HOUR, "2")])
    support.refresh_all(conn)
    assert set(read()["candles_pending_ranges"].values()) == {0}
    support.insert(conn, [trade(start + support.MINUTE, "3")])
    found = read()
    assert found["candles_pending_ranges"]["candles_1m",] == 1
    assert found["candles_pending_ranges"]["candles_1d",] == 1
    oldest = found["candles_oldest_pending_timestamp_seconds"]["candles_1m",]
    assert oldest == pytest.approx((start + support.MINUTE).timestamp(), abs=60)
    support.refresh_all(conn)
    assert set(read()["candles_pending_ranges"].values()) == {0}


def test_days_wait_for_an_archive_from_when_there_is_one(conn: Conn, read: Read) -> None:
    support.insert(conn, [trade(support.midnight(days) + HOUR, "1") for days in (6, 5, 4)])
    found = read()
    for absent in ("seen_timestamp_seconds", "failed", "waiting_days", "waiting_seconds"):
        assert found[f"archive_{absent}"] == {}
    archived.archive(conn, "trades", (6, 4))
    archived.archive(conn, "trades", (5,), verified=False)
    found = read()
    assert found["archive_seen_timestamp_seconds"][()] == pytest.approx(
        datetime.now(UTC).timestamp(), abs=20
    )
    assert found["archive_failed"] == {(): 0}
    assert found["archive_waiting_days"] == {("trades",): 1, ("quotes",): 0}
    ended = datetime.now(UTC) - support.midnight(4)
    assert found["archive_waiting_seconds"] == {
        ("trades",): pytest.approx(ended.total_seconds(), abs=20),
        ("quotes",): 0,
    }
    conn.execute("select ops.fail_archive('the disk is full')")
    assert read()["archive_failed"] == {(): 1}


def test_a_source_is_silent_since_its_newest_event(conn: Conn, read: Read) -> None:
    add_trades(conn, "kraken", "KRAKEN:BTC/USD", timedelta(minutes=20), HOUR)
    add_trades(conn, "kraken", "KRAKEN:ETH/USD", timedelta(minutes=12))
    found = read()
    assert found["source_silent_seconds"]["kraken",] == pytest.approx(720, abs=20)
    newest = datetime.now(UTC) - timedelta(minutes=12)
    assert found["source_last_event_timestamp_seconds"]["kraken",] == pytest.approx(
        newest.timestamp(), abs=20
    )


OVERNIGHT = (("-16 hours", "-10 hours"), ("8 hours", "14 hours"))
IN_THE_DAY = (("-26 hours", "-20 hours"), ("-2 hours", "4 hours"), ("22 hours", "28 hours"))
JUST_OPEN = (("-26 hours", "-20 hours"), ("-1 minute", "6 hours"))
WEEKEND = (("-40 hours", "-33 hours"), ("32 hours", "39 hours"))
NEVER_CLOSED = (("-48 hours", "-24 hours"), ("-24 hours", "0.01 hours"), ("0.01 hours", "24 hours"))
ENDED = (("-50 hours", "-44 hours"), ("-26 hours", "-20 hours"))


@pytest.mark.parametrize(
    ("sessions", "silent"),
    [
        pytest.param(OVERNIGHT, 0, id="overnight"),
        pytest.param(WEEKEND, 0, id="at the weekend"),
        pytest.param(IN_THE_DAY, 7200, id="since the opening"),
        pytest.param(JUST_OPEN, 60, id="just open"),
        pytest.param(NEVER_CLOSED, 108_000, id="sessions without a break"),
        pytest.param(ENDED, None, id="sessions that are not loaded up to now"),
    ],
)
def test_the_calendar_of_a_source_says_when_it_may_be_silent(
    conn: Conn, read: Read, sessions: tuple[tuple[str, str], ...], silent: float | None
) -> None:
    add_trades(conn, "alpaca", "AAPL", 30 * HOUR)
    conn.execute("update market.instruments set calendar = 'XNYS'")
    set_sessions(conn, "XNYS", *sessions)
    found = read()["source_silent_seconds"]
    assert found == ({} if silent is None else {("alpaca",): pytest.approx(silent, abs=60)})


def test_one_market_that_is_open_is_enough_to_be_missed(conn: Conn, read: Read) -> None:
    add_trades(conn, "alpaca", "AAPL", HOUR)
    conn.execute("update market.instruments set calendar = 'XNYS' where symbol = 'AAPL'")
    set_sessions(conn, "XNYS", *WEEKEND)
    add_trades(conn, "alpaca", "ALPACA:BTC/USD", 2 * HOUR)
    assert read()["source_silent_seconds"]["alpaca",] == pytest.approx(3600, abs=20)


def test_what_was_loaded_from_files_is_not_missed(conn: Conn, read: Read) -> None:
    support.insert(conn, [trade(datetime.now(UTC) - DAY, "1", source="databento")])
    found = read()  # it came now
    assert ("databento",) in found["source_last_event_timestamp_seconds"]
    assert found["source_silent_seconds"] == {}


def test_a_feed_that_was_stopped_is_not_missed_and_one_that_broke_off_is(
    conn: Conn, read: Read
) -> None:
    add_trades(conn, "sim", "AAPL", timedelta(minutes=50))
    feeds.add(conn, feeds.start(ago(hours=1)), feeds.heartbeat(ago(minutes=40)))
    assert read()["source_silent_seconds"]["sim",] == pytest.approx(3000, abs=20)
    feeds.add(conn, feeds.end(ago(minutes=39)))
    assert read()["source_silent_seconds"] == {}
    feeds.add(
        conn,
        feeds.start(ago(minutes=30), session="two"),
        {**feeds.end(ago(minutes=20), "two"), "reason": "the venue closed the connection"},
    )
    assert read()["source_silent_seconds"]["sim",] == pytest.approx(3000, abs=20)


def test_gaps_of_feeds_are_counted_until_they_are_filled(conn: Conn, read: Read) -> None:
    feeds.add(
        conn,
        feeds.start(ago(hours=2)),
        feeds.gap(ago(minutes=90), ago(minutes=80)),
        feeds.heartbeat(ago(seconds=1)),
    )
    assert read()["source_open_gaps"] == {("sim",): 1}
    feeds.add(conn, feeds.fill(ago(minutes=91), ago(minutes=79)))
    assert read()["source_open_gaps"] == {("sim",): 0}


def test_growth_is_that_of_up_to_a_week(conn: Conn, read: Read) -> None:
    assert read()["database_growth_bytes_per_day"] == {}
    [size] = conn.execute("select bytes from ops.database_sizes").fetchone() or ()
    for days, less in ((9, 90_000_000), (4, 40_000), (2, 3_000_000)):
        conn.execute(
            "insert into ops.database_sizes values (now() - %s::interval, %s)",
            [f"{days} days", size - less],
        )
    found = read()
    assert found["database_growth_bytes_per_day"][()] == pytest.approx(10_000, abs=9_000)
    free = 10**12 - found["database_bytes"][()] - found["wal_bytes"][()]
    assert found["disk_full_days"][()] == pytest.approx(
        free / found["database_growth_bytes_per_day"][()], rel=0.01
    )


def test_the_size_is_noted_once_per_hour_and_for_days(conn: Conn, read: Read) -> None:
    conn.execute("insert into ops.database_sizes values (now() - interval '9 days', 1)")
    for _ in range(3):
        read()
    assert conn.execute("select count(*) from ops.database_sizes").fetchone() == (1,)


def test_the_next_bite_of_retention_is_the_oldest_chunk(conn: Conn, read: Read) -> None:
    support.insert(conn, [trade(support.midnight(days) + HOUR, "1") for days in (10, 8, 2)])
    assert read()["retention_next_drop_timestamp_seconds"] == {}
    conn.execute("update ops.lifecycle set keep = '30 days' where relation = 'trades'")
    found = read()
    due = support.midnight(9) + 30 * DAY
    assert found["retention_next_drop_timestamp_seconds"] == {("trades",): due.timestamp()}
    bite = found["retention_next_drop_bytes"]["trades",]
    conn.execute("update ops.lifecycle set keep = '5 days' where relation = 'trades'")
    assert read()["retention_next_drop_bytes"]["trades",] == 2 * bite  # two are too old by now


def test_a_slot_that_nobody_reads_holds_wal(conn: Conn, read: Read) -> None:
    conn.execute("select pg_create_physical_replication_slot('gone_for_good', true)")
    try:
        before = read()["slot_retained_bytes"]["gone_for_good", "false"]
        support.insert(conn, [trade(support.midnight(1), "1")])
        conn.execute("checkpoint")
        assert read()["slot_retained_bytes"]["gone_for_good", "false"] > before >= 0
    finally:
        conn.execute("select pg_drop_replication_slot('gone_for_good')")


def test_a_part_that_is_locked_is_missing_and_the_others_are_there(
    conn: Conn, read: Read, fresh_database: str
) -> None:
    with support.connect(fresh_database) as other, other.transaction():
        other.execute("lock table ops.verifications in access exclusive mode")
        found = read()
    assert found["database_facts_missing"]["verifications",] == 1
    assert found["database_facts_missing"]["rejects",] == 0
    assert found["database_bytes"][()] > 0


@pytest.mark.community
def test_jobs_of_community_are_watched(conn: Conn, read: Read) -> None:
    found = read()
    assert (found["jobs_failed"], found["jobs_late"]) == ({(): 0}, {(): 0})
    ran_at = found["refresher_last_run_timestamp_seconds"].get((), 0.0)  # in the template
    assert ran_at < datetime.now(UTC).timestamp()


@pytest.mark.apache
def test_apache_has_no_jobs(conn: Conn, read: Read) -> None:
    found = read()
    assert (found["jobs_failed"], found["jobs_late"]) == ({}, {})
    assert found["refresher_last_run_timestamp_seconds"] == {}


def test_a_reading_leaves_its_connection_as_it_was(fresh_database: str) -> None:
    watch = DatabaseWatch(fresh_database)
    watch.read()
    conn = watch._connection._conn
    assert conn is not None
    state = conn.execute(
        "select current_user = session_user, current_setting('statement_timeout') = '3s',"
        " (select count(*) from pg_prepared_statements)"
    ).fetchone()
    watch.close()
    assert state == (True, False, 0)
