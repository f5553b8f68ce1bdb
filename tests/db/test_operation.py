"""The state of a database for its operator, as market.operation_status() has it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from db import operation
from ingest.updates.ledger import LOCK_CLASS
from tests.db import feeds, support
from tests.db.support import quote, trade

SECOND = timedelta(seconds=1)


def seen(conn: psycopg.Connection[Any], most_series: int = 500) -> dict[str, Any]:
    row = conn.execute("select market.operation_status(%s)", [most_series]).fetchone()
    assert row is not None
    found: dict[str, Any] = row[0]
    return found


def test_empty_database_has_a_state(conn: psycopg.Connection[Any]) -> None:
    found = operation.read(conn)
    assert (found.loading.last_batch_at, found.loading.messages) == (None, 0)
    assert (found.feeds.sources, found.feeds.gaps, found.feeds.left_out) == ([], [], 0)
    assert (found.rejects.messages, found.histories, found.candles.verified) == (0, [], None)
    assert {"trades", "quotes", "candles_1m"} <= {one.relation for one in found.relations}
    assert bool(found.jobs) == (found.edition == "community")
    assert found.database_bytes > 1_000_000


def test_reader_sees_it_though_not_ops(
    filled: psycopg.Connection[Any], reader: psycopg.Connection[Any]
) -> None:
    assert seen(reader)["relations"] == seen(filled)["relations"]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("select ops.status_of_feeds(1)")


def test_locked_chunk_leaves_its_size_unknown_and_holds_nothing_up(
    filled: psycopg.Connection[Any], url: str
) -> None:
    chunk = filled.execute(
        "select format('%I.%I', chunk_schema, chunk_name) from timescaledb_information.chunks"
        " where hypertable_name = 'trades' limit 1"
    ).fetchone()
    assert chunk is not None
    with filled.transaction(), support.connect(url) as other:
        filled.execute(f"lock table {chunk[0]}")
        row = other.execute("select ops.status_of_relations()").fetchone()
    assert row is not None
    sizes = {one["relation"]: one["bytes"] for one in row[0]}
    assert sizes["trades"] is None
    assert sizes["quotes"] > 0


def test_gap_that_many_series_have_is_one_line(conn: psycopg.Connection[Any]) -> None:
    lost = (feeds.ago(minutes=90), feeds.ago(minutes=80))
    feeds.add(
        conn,
        *(feeds.start(feeds.ago(hours=2), symbol) for symbol in ("AAPL", "IBM", "MSFT")),
        feeds.gap(*lost, "AAPL"),
        feeds.gap(*lost, "MSFT"),
        feeds.gap(feeds.ago(minutes=70), feeds.ago(minutes=60), "IBM"),
        feeds.heartbeat(feeds.ago(seconds=1)),
    )
    found = operation.read(conn)
    assert [(gap.series, gap.symbol, gap.reason) for gap in found.feeds.gaps] == [
        (1, "IBM", "ids jumped"),
        (2, "AAPL", "ids jumped"),
    ]
    assert [(one.source, one.open_sessions, one.gaps) for one in found.feeds.sources] == [
        ("sim", 1, 3)
    ]


def test_gaps_are_counted_for_their_own_source(conn: psycopg.Connection[Any]) -> None:
    feeds.add(
        conn,
        feeds.start(feeds.ago(hours=30)),
        feeds.gap(feeds.ago(minutes=90), feeds.ago(minutes=80)),
        feeds.heartbeat(feeds.ago(seconds=1)),
        feeds.start(feeds.ago(hours=30), "MSFT", source="other", session="two"),
        feeds.heartbeat(feeds.ago(seconds=1), "two", source="other"),
    )
    found = operation.read(conn)
    assert [(one.source, one.gaps) for one in found.feeds.sources] == [("other", 0), ("sim", 1)]


def test_gaps_of_the_day_are_those_of_every_series(conn: psycopg.Connection[Any]) -> None:
    """Series that need not be looked at have none: as many as by a call for each series."""
    symbols = [f"S{number}" for number in range(12)]
    markers = [feeds.start(feeds.ago(hours=30 - 3 * n), name) for n, name in enumerate(symbols)]
    feeds.add(
        conn,
        *markers,
        feeds.stop(feeds.ago(hours=1), "S3"),
        feeds.start(feeds.ago(minutes=30), "S3"),
        feeds.stop(feeds.ago(hours=26), "S0"),
        feeds.gap(feeds.ago(hours=25), feeds.ago(hours=23), "S1"),
        feeds.gap(feeds.ago(hours=29), feeds.ago(hours=28), "S0"),
        feeds.heartbeat(feeds.ago(seconds=1)),
    )
    each = conn.execute(
        "select count(*) from unnest(%s::text []) as name"
        " cross join market.gaps(name, 'sim', now() - interval '1 day')",
        [symbols[1:]],
    ).fetchone()
    assert each is not None
    assert each[0] >= 2
    assert sum(gap.series for gap in operation.read(conn).feeds.gaps) == each[0]


def test_series_beyond_the_number_that_is_read_are_counted(conn: psycopg.Connection[Any]) -> None:
    symbols = ("AAPL", "IBM", "MSFT")
    lost = (feeds.ago(minutes=90), feeds.ago(minutes=80))
    feeds.add(
        conn,
        *(feeds.start(feeds.ago(hours=2), symbol) for symbol in symbols),
        *(feeds.gap(*lost, symbol) for symbol in symbols),
        feeds.heartbeat(feeds.ago(seconds=1)),
    )
    found = seen(conn, 2)["feeds"]
    assert (len(found["gaps"]), found["gaps"][0]["series"], found["left_out"]) == (1, 2, 1)


def test_freshness_of_a_source_is_its_newest_event(conn: psycopg.Connection[Any]) -> None:
    now = datetime.now(UTC)
    support.insert(
        conn,
        [
            trade(now - 40 * SECOND, "1", symbol="AAPL", source="alpaca"),
            trade(now - 20 * SECOND, "1", symbol="IBM", source="alpaca"),
            quote(now - 9 * SECOND, "1", "2", symbol="KRAKEN:BTC/USD", source="kraken"),
        ],
    )
    sources = operation.read(conn).feeds.sources
    assert [(one.source, one.newest_event_at, one.newest_marker_at) for one in sources] == [
        ("alpaca", now - 20 * SECOND, None),
        ("kraken", now - 9 * SECOND, None),
    ]


RUN = """
insert into ops.update_runs
(history, scope, kind, slot, state, started_at, next_at, symbols, result)
values ('dukascopy', 'x', %s, now() - interval '1 minute', %s, now(), now() + interval '1 hour',
    '{}', %s)
"""


def test_run_without_its_lock_was_killed(conn: psycopg.Connection[Any]) -> None:
    conn.execute(RUN, ["hourly", "running", None])
    assert [run.state for run in operation.read(conn).histories] == ["killed"]
    conn.execute("select pg_advisory_lock(%s, hashtext('dukascopy'))", [LOCK_CLASS])
    assert [run.state for run in operation.read(conn).histories] == ["running"]


def test_readers_do_not_learn_why_a_run_failed(conn: psycopg.Connection[Any]) -> None:
    conn.execute(RUN, ["hourly", "failed", "https://vendor/?apikey=secret refused"])
    conn.execute(RUN, ["sweep", "done", "3 hours"])
    assert [run["result"] for run in seen(conn)["histories"]] == [None, "3 hours"]
    assert "secret" in str(operation.read(conn).histories[0].result)


def test_rejects_are_counted_by_reason(conn: psycopg.Connection[Any]) -> None:
    conn.execute(
        'insert into ops.rejects (topic, "partition", "offset", reason, detail)'
        " values ('t', 0, 1, 'no price', 'x'), ('t', 0, 2, 'no price', 'y'),"
        " ('t', 0, 3, 'not JSON', 'z')"
    )
    rejects = operation.read(conn).rejects
    assert rejects.messages == 3
    assert [(one.reason, one.messages) for one in rejects.reasons] == [
        ("no price", 2),
        ("not JSON", 1),
    ]
