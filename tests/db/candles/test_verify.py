"""A candle that its events contradict is found where it is; a right one is never reported."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from cli.main import cli
from cli.progress import show_progress as bar
from db import edition, sql
from db.candles import verify
from db.connect import DatabaseRefused
from db.errors import UsageError
from tests.db import support
from tests.db.support import MINUTE, hypertable_of, quote, trade
from tests.oracle import Trade

DAY = support.midnight(30)
AT = DAY + timedelta(hours=10)


def fill(conn: psycopg.Connection[Any], *, days: tuple[int, ...] = (30, 29)) -> None:
    """Stores and refreshes a few hours of two series on each day."""
    for number, day in enumerate(days):
        start = support.midnight(day) + timedelta(hours=10)
        support.insert(
            conn,
            [
                trade(
                    start + minute * MINUTE + timedelta(seconds=seconds),
                    f"{100 + number + minute % 7}.{seconds:02}",
                    None if source == "kraken" else "2.5",
                    source=source,
                )
                for minute in range(0, 150, 3)
                for seconds in (1, 20, 40)
                for source in ("sim", "kraken")
            ],
        )
    support.refresh_all(conn)


def run(url: str, **given: Any) -> verify.Verified:
    return verify.verify(url, bar, **given)


def test_right_candles_differ_nowhere(conn: psycopg.Connection[Any], fresh_database: str) -> None:
    fill(conn)
    found = run(fresh_database)
    assert found.wrong == found.pending == 0
    assert found.candles["candles_1m"] == 200
    assert found.candles["candles_1h"] == 12
    assert found.candles["candles_1d"] == 4


@pytest.mark.parametrize("relation", ["candles_1m", "candles_1h", "candles_1d"])
def test_a_changed_figure_is_found_where_it_is(
    conn: psycopg.Connection[Any], fresh_database: str, relation: str
) -> None:
    fill(conn)
    bucket = DAY if relation == "candles_1d" else AT
    conn.execute(
        f"update {hypertable_of(conn, relation)} set high = high + 0.01"
        " where bucket = %s and source = 'sim'",
        [bucket],
    )
    found = run(fresh_database)
    ours = [one for one in found.first if one.relation == relation]
    assert [(one.bucket, one.symbol, one.source, one.field, one.kind) for one in ours] == [
        (bucket, "AAPL", "sim", "high", "different")
    ]
    assert ours[0].stored - ours[0].expected == Decimal("0.01")


@pytest.mark.parametrize(
    "statement, field, kind",
    [
        ("update {} set volume = null where bucket = %s and source = 'sim'", "volume", "different"),
        ("update {} set close = 1 where bucket = %s and source = 'sim'", "close", "different"),
        ("update {} set vwap = 0 where bucket = %s and source = 'kraken'", "vwap", "different"),
        ("delete from {} where bucket = %s and source = 'sim'", "tick_count", "missing"),
        (
            "insert into {} (bucket, symbol, source, open, high, low, close, tick_count,"
            " has_regular) values (%s, 'AAPL', 'ghost', 1, 1, 1, 1, 1, true)",
            "tick_count",
            "extra",
        ),
    ],
    ids=["null", "figure", "not null", "missing", "extra"],
)
def test_every_kind_of_difference_is_found(
    conn: psycopg.Connection[Any], fresh_database: str, statement: str, field: str, kind: str
) -> None:
    fill(conn)
    conn.execute(statement.format(hypertable_of(conn, "candles_1m")), [AT])
    found = run(fresh_database, since=AT, until=AT + MINUTE)
    ours = [(one.field, one.kind) for one in found.first if one.relation == "candles_1m"]
    assert ours == [(field, kind)]
    assert found.mismatches["candles_1m"] == 1


TIES = {
    "nanoseconds": [trade(AT, "1", ns=1), trade(AT, "2", ns=2), trade(AT, "3", ns=3)],
    "sequence": [trade(AT, "1", seq=4095), trade(AT, "2", seq=4096), trade(AT, "3", seq=4097)],
    "id": [trade(AT, "1", tick_id="a"), trade(AT, "2", tick_id="b"), trade(AT, "3", tick_id="c")],
}


@pytest.mark.parametrize("ties", TIES.values(), ids=TIES.keys())
def test_a_wrong_open_or_close_is_found_among_ties(
    conn: psycopg.Connection[Any], fresh_database: str, ties: list[Trade]
) -> None:
    support.insert(conn, ties)
    support.refresh_all(conn)
    assert run(fresh_database).wrong == 0
    conn.execute(f"update {hypertable_of(conn, 'candles_1m')} set open = 2, close = 1")
    found = run(fresh_database)
    assert [(one.field, one.stored, one.expected) for one in found.first] == [
        ("open", 2, 1), ("close", 1, 3),
    ]  # fmt: skip


QUOTE_FAULTS = {
    "bid_open": "bid_open = 2",
    "ask_close": "ask_close = null",
    "mid_high": "mid_high = mid_high + 0.1",
    "mean_spread": "mean_spread = 0",
    "quote_count": "quote_count = quote_count - 1",
}


@pytest.mark.parametrize("relation", ["quote_candles_1m", "quote_candles_1h"])
def test_changed_figures_of_quotes_are_found(
    conn: psycopg.Connection[Any], fresh_database: str, relation: str
) -> None:
    hours = [AT + timedelta(hours=n) for n in range(len(QUOTE_FAULTS))]
    for hour in (*hours, AT + timedelta(days=1)):  # the last one is where stored candles end
        quotes = [quote(hour, "1", "3"), quote(hour, "2", "4", seq=1)]
        support.insert(conn, [*quotes, quote(hour, "3", None, seq=2)])
    support.refresh_all(conn)
    assert run(fresh_database).wrong == 0
    store = hypertable_of(conn, relation)
    for hour, fault in zip(hours, QUOTE_FAULTS.values(), strict=True):
        conn.execute(f"update {store} set {fault} where bucket = %s", [hour])
    found = run(fresh_database)
    assert [(one.relation, one.bucket, one.field) for one in found.first] == [
        (relation, hour, field) for hour, field in zip(hours, QUOTE_FAULTS, strict=True)
    ]


def test_a_flag_that_is_wrong_is_found(conn: psycopg.Connection[Any], fresh_database: str) -> None:
    support.insert(conn, [trade(AT, "1", moves=14), trade(AT + timedelta(days=1), "1")])
    support.refresh_all(conn)
    conn.execute(
        f"update {hypertable_of(conn, 'candles_1h')} set has_regular = true where bucket = %s", [AT]
    )
    found = run(fresh_database)
    assert [(one.relation, one.field, one.stored) for one in found.first] == [
        ("candles_1h", "has_regular", 1)
    ]


def test_late_ticks_that_wait_for_a_refresh_are_no_mismatch(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.insert(conn, [trade(AT + timedelta(seconds=50), "999")])
    found = run(fresh_database)
    assert found.wrong == 0
    assert found.pending == len(support.LEVELS)
    support.refresh_all(conn)
    assert run(fresh_database).pending == 0


def test_candles_that_are_refreshed_while_more_late_ticks_come_are_not_pending(
    conn: psycopg.Connection[Any], fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = itertools.count()

    def refresh_and_be_late(_seconds: float) -> None:
        support.refresh_all(conn)
        support.insert(conn, [trade(AT + timedelta(seconds=50), "999", seq=next(late))])

    fill(conn)
    refresh_and_be_late(0)
    monkeypatch.setattr(verify.time, "sleep", refresh_and_be_late)
    assert run(fresh_database, patience=60).pending == 0
    assert next(late) == 2  # waited once
    assert run(fresh_database).pending == len(support.LEVELS)


def test_candles_that_are_not_refreshed_stay_pending(
    conn: psycopg.Connection[Any], fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(conn)
    support.insert(conn, [trade(AT + timedelta(seconds=50), "999")])
    monkeypatch.setattr(verify, "POLL_SECONDS", 0.1)
    assert run(fresh_database, patience=0.5).pending == len(support.LEVELS)


def test_trades_that_wait_for_a_refresh_excuse_no_candle_of_quotes(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    support.insert(conn, [trade(AT, "1"), quote(AT, "1", "2")])
    support.refresh_all(conn)
    support.insert(conn, [trade(AT + timedelta(seconds=1), "2")])
    conn.execute(f"update {hypertable_of(conn, 'quote_candles_1m')} set ask_low = 0")
    found = run(fresh_database)
    assert [(one.relation, one.field) for one in found.first] == [("quote_candles_1m", "ask_low")]
    assert found.pending == len(support.LEVELS)


# A stored day ends at its midnight, the last stored hour and minute of it earlier.
@pytest.mark.parametrize(
    ("days", "time"),
    [(3, timedelta(hours=23, minutes=59)), (1, timedelta(minutes=59))],
    ids=["within a stored day", "within a stored hour"],
)
def test_trades_after_the_last_stored_minute_are_no_mismatch(
    conn: psycopg.Connection[Any], fresh_database: str, days: int, time: timedelta
) -> None:
    midnight = support.midnight(days)
    support.insert(conn, [trade(midnight, "1")])
    support.refresh_all(conn)
    support.insert(conn, [trade(midnight + time, "2", symbol="MSFT")])
    found = run(fresh_database)
    assert found.wrong == 0
    assert found.pending > 0
    support.refresh_all(conn)
    assert run(fresh_database).pending == 0


def test_below_the_floor_levels_are_compared_with_each_other(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn, days=(100, 2))
    support.keep_events(conn, "90 days")
    support.retain(fresh_database)
    assert run(fresh_database).wrong == 0
    old = support.midnight(100) + timedelta(hours=10)
    conn.execute(
        f"update {hypertable_of(conn, 'candles_1h')} set tick_count = 1"
        " where bucket = %s and source = 'sim'",
        [old],
    )
    found = run(fresh_database, until=support.midnight(99))
    places = [(one.relation, one.bucket, one.field) for one in found.first]
    assert ("candles_1h", old, "tick_count") in places


def test_only_the_symbol_that_is_asked_for_is_compared(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    support.insert(conn, [trade(AT, "5", symbol="MSFT")])
    support.refresh_all(conn)
    conn.execute(f"update {hypertable_of(conn, 'candles_1m')} set close = 1 where symbol = 'MSFT'")
    assert run(fresh_database, symbol="AAPL", since=DAY).wrong == 0
    assert run(fresh_database, symbol="MSFT", source="kraken").candles["candles_1m"] == 0
    assert run(fresh_database, symbol="MSFT").mismatches["candles_1m"] == 1


def test_a_sample_finds_what_is_wrong_everywhere_and_is_recorded(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    for level in support.LEVELS:
        relation = f"candles_{level}"
        conn.execute(f"update {hypertable_of(conn, relation)} set low = low - 1")
    found = run(fresh_database, sample=200)
    assert 0 < sum(found.candles.values()) <= 400  # two series share a symbol
    assert found.mismatches["candles_1m"] == found.candles["candles_1m"]
    row = conn.execute("select kind, candles, mismatches from ops.verifications").fetchone()
    assert row == ("sample", sum(found.candles.values()), found.wrong)


def test_the_nightly_sample_records_what_it_finds(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    fill(conn)
    role = "stockpulse_owner" if edition.kind_of(conn) == "community" else "stockpulse_loader"
    sample = """call ops.verify_sample(config => '{"samples": 1000}')"""  # a few of 1m for certain
    with support.as_role(fresh_database, role) as keeper:
        keeper.execute(sample)
        conn.execute(f"update {hypertable_of(conn, 'candles_1m')} set close = 1")
        keeper.execute(sample)
    right, wrong = conn.execute(
        "select candles, mismatches, example from ops.verifications order by id"
    ).fetchall()
    assert right[0] > 0
    assert right[1:] == (0, None)
    assert wrong[1] > 0
    assert "different close is 1, expected" in wrong[2]


def test_many_loaders_take_one_sample_a_day(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    def samples() -> int:
        loader.execute(sql.load("ingest.loader", "verify_sample"))
        row = conn.execute("select count(*) from ops.verifications").fetchone()
        assert row is not None
        return int(row[0])

    with support.as_role(fresh_database, "stockpulse_loader") as loader:
        assert samples() == 1
        assert samples() == 1
        conn.execute("update ops.verifications set verified_at = now() - interval '21 hours'")
        assert samples() == 2


def test_an_empty_database_has_nothing_to_compare(fresh_database: str) -> None:
    assert sum(run(fresh_database).candles.values()) == 0
    assert sum(run(fresh_database, sample=10).candles.values()) == 0


def test_a_range_that_ends_before_it_starts_is_refused(fresh_database: str) -> None:
    with pytest.raises(UsageError, match="is not before until"):
        run(fresh_database, since=AT, until=AT)


def test_a_database_without_the_schema_is_refused(
    fresh_database: str,  # its roles are those of the server
    empty_database: str,
) -> None:
    with pytest.raises(DatabaseRefused, match="stockpulse migrate"):
        run(empty_database)


def test_command_shows_differences_and_fails(
    conn: psycopg.Connection[Any], fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(conn)
    monkeypatch.setenv("STOCKPULSE_DATABASE_URL", fresh_database)
    asked = ["verify", "--since", f"{DAY:%Y-%m-%d}", "--until", f"{DAY:%Y-%m-%dT12:00Z}"]
    right = CliRunner().invoke(cli, asked)
    assert right.exit_code == 0, right.output
    assert "candles_1m         80 candles, 0 wrong" in right.output
    conn.execute(
        f"update {hypertable_of(conn, 'candles_1m')} set close = 1"
        " where bucket = %s and source = 'sim'",
        [AT],
    )
    wrong = CliRunner().invoke(cli, asked)
    assert wrong.exit_code == 1
    assert f"candles_1m  {AT:%Y-%m-%d %H:%M}  AAPL    sim     close   1" in wrong.output
