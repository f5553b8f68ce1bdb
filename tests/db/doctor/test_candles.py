"""Candles that are behind their events, and watermarks that are behind or out of order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from db import edition
from db.doctor import examine
from db.doctor.rules import Finding
from tests.db import support
from tests.db.doctor.faults import BATCH
from tests.db.support import MINUTE, quote, trade

LEVELS = "1m, 5m, 15m, 30m, 1h, 4h, 12h, 1d"
HISTORY = support.midnight(4)


def found(conn: psycopg.Connection[Any], rule: str) -> list[str]:
    """Returns the sentences of a rule, the only one that finds a fault."""
    findings = [one for one in examine.examine(conn) if one.severity != "info"]
    assert {one.rule for one in findings} <= {rule}
    return [one.sentence for one in findings]


@pytest.fixture
def live(healthy: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A database whose candles of the last hours are stored."""
    now = datetime.now(UTC)
    for hours in (60, 1):
        support.insert(healthy, [trade(now - timedelta(hours=hours), "5")])
        support.insert(healthy, [quote(now - timedelta(hours=hours), "5", "6")])
    support.refresh(healthy)
    return healthy


def test_history_that_waits_for_over_a_minute_is_found(live: psycopg.Connection[Any]) -> None:
    assert found(live, "pending") == []
    support.insert(live, [trade(HISTORY, "5"), trade(HISTORY + timedelta(days=1), "5")])
    live.execute(BATCH.format("90 seconds"))
    since = datetime.now(UTC) - timedelta(seconds=90)
    (sentence,) = found(live, "pending")
    head, _, tail = sentence.partition(" (ranges: 2, days: 2), since ")
    # the level below may be due for the rest of its parents' last buckets
    assert head.startswith(f"candles of trades ({LEVELS}) have been behind their events for")
    assert f"from {HISTORY:%Y-%m-%d} 00:00 to {HISTORY + timedelta(days=1):%Y-%m-%d} 00:01" in head
    assert tail in {f"{one:%Y-%m-%d %H:%M} UTC" for one in (since, since - MINUTE)}
    support.refresh(live)
    assert found(live, "pending") == []


def test_history_that_was_loaded_or_amended_a_moment_ago_is_no_fault(
    live: psycopg.Connection[Any],
) -> None:
    support.insert(live, [trade(HISTORY, "5"), quote(HISTORY, "5", "6")])
    assert len(found(live, "pending")) == 2
    amended = live.execute(
        'insert into ops.amendments (topic, partition, "offset", batch, action, kind, symbol,'
        " source, tick_id, ts, applied_at, applied_ts, applied_tick_id)"
        " values ('t', 0, 0, 1, 'cancel', 'trade', 'A', 'sim', 'x', %(ts)s, now(), %(ts)s, 'x')"
        " returning id",
        {"ts": HISTORY},
    ).fetchone()
    assert found(live, "pending") == []
    live.execute("delete from ops.amendments where id = %s", amended)
    live.execute(BATCH.format("20 seconds"))
    assert found(live, "pending") == []


def test_candles_whose_events_were_dropped_are_not_behind(
    live: psycopg.Connection[Any], fresh_database: str
) -> None:
    support.insert(live, [trade(HISTORY, "5")])
    live.execute(
        "update ops.retention_floors set floor_ts = %s where relation = 'trades'",
        [HISTORY + timedelta(days=1)],
    )
    assert found(live, "pending") == []


def test_watermark_behind_closed_buckets_is_found(live: psycopg.Connection[Any]) -> None:
    now = datetime.now(UTC)
    if edition.kind_of(live) == "apache":  # where it moves without events as well
        live.execute(
            "update ops.candle_watermarks as marks"
            " set watermark = public.time_bucket(width, watermark - interval '1 hour')"
            " from ops.lifecycle where lifecycle.relation = marks.relation"
        )
    support.insert(live, [trade(now - timedelta(minutes=20), "5")])
    assert found(live, "watermarks") == []  # no loader has brought it
    live.execute(BATCH.format("10 minutes"))
    sentences = found(live, "watermarks")
    assert sentences
    assert all("though there are later events of closed buckets" in one for one in sentences)
    assert sentences[0].startswith("candles_1m is stored up to ")
    assert not any("quote" in one or "1d" in one for one in sentences)
    support.refresh(live)
    assert found(live, "watermarks") == []


def test_history_of_a_young_database_that_was_just_loaded_is_not_behind(
    healthy: psycopg.Connection[Any],
) -> None:
    now = datetime.now(UTC)
    healthy.execute("delete from market.trades")
    support.insert(healthy, [trade(now - timedelta(minutes=9), "5")])
    healthy.execute(
        BATCH.format("8 minutes")
        .replace("interval '5 days'", "interval '10 minutes'")
        .replace("interval '20 minutes'", "interval '9 minutes'")
    )
    support.insert(healthy, [trade(HISTORY, "5")])
    findings = [one for one in examine.examine(healthy) if one.rule == "watermarks"]
    assert [one.sentence.split()[0] for one in findings] == ["candles_1m"]


@pytest.mark.apache
def test_parent_that_is_stored_further_than_its_child_is_found(
    live: psycopg.Connection[Any],
) -> None:
    live.execute(
        "update ops.candle_watermarks set watermark = date_trunc('day', now()) + interval '5 days'"
        " where relation = 'candles_1d'"
    )
    (sentence,) = found(live, "watermarks")
    assert sentence.startswith("candles_1d is stored up to ")
    assert sentence.endswith(", but candles_1h, from which it is made, not so far")


@pytest.mark.community
def test_parent_of_which_candles_come_before_their_childs_is_found(
    live: psycopg.Connection[Any],
) -> None:
    """TimescaleDB makes none by itself; a restore of single tables does."""
    live.execute(
        "update _timescaledb_catalog.continuous_aggs_watermark set watermark ="
        " _timescaledb_functions.to_unix_microseconds(date_trunc('day', now()) + interval '5 days')"
        " where mat_hypertable_id = (select id from _timescaledb_catalog.hypertable"
        " where format('%I.%I', schema_name, table_name) = ops.hypertable_of('candles_1d')::text)"
    )
    findings = [one.sentence for one in examine.examine(live) if one.rule == "watermarks"]
    assert [one.split(" is stored")[0] for one in findings] == ["candles_1d"]


def test_nothing_stored_of_live_events_is_found(healthy: psycopg.Connection[Any]) -> None:
    support.insert(healthy, [quote(support.midnight(1), "5", "6")])
    healthy.execute(BATCH.format("10 minutes"))
    assert (
        "quote_candles_1m is stored nowhere, though there are later events of closed"
        in " ".join(found(healthy, "watermarks"))
    )


def kept(conn: psycopg.Connection[Any]) -> list[Finding]:
    return [one for one in examine.examine(conn) if one.rule == "kept"]


def test_retention_is_a_note_with_what_it_takes_next(
    live: psycopg.Connection[Any], fresh_database: str
) -> None:
    days = (120, 100, 93, 80)
    for day in days:
        support.insert(live, [trade(support.midnight(day), str(n)) for n in range(1, 9)])
    support.refresh(live)
    live.execute("vacuum analyze")
    assert kept(live) == []
    live.execute("update ops.lifecycle set keep = '90 days' where relation = 'trades'")
    (note,) = kept(live)
    first, end = support.midnight(120), support.midnight(92)
    assert note.severity == "info"
    assert note.sentence.startswith(
        "market.trades keeps 90 days; the next run drops 3 chunks, those from"
        f" {first:%Y-%m-%d} 00:00 to before {end:%Y-%m-%d} 00:00 UTC: about 24 rows, "
    )
    support.retain(fresh_database)
    (note,) = kept(live)
    assert note.sentence == "market.trades keeps 90 days; the next run drops nothing"


def test_retention_of_candles_is_a_note_as_well(live: psycopg.Connection[Any]) -> None:
    support.insert(live, [trade(support.midnight(100), "5")])
    support.refresh(live)
    live.execute(
        "update ops.lifecycle set keep = '60 days' where relation in ('candles_1m', 'trades')"
    )
    notes = [one.sentence for one in kept(live)]
    assert [note.split(";")[0] for note in notes] == [
        "market.trades keeps 60 days", "market.candles_1m keeps 60 days",
    ]  # fmt: skip
    assert all("the next run drops 1 chunks" in note for note in notes)
