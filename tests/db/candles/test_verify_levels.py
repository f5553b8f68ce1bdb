"""All levels of a range are compared at once, each with the events and not with its child."""

import random
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from cli.progress import show_progress as bar
from db import edition
from db.candles import verify
from tests.db import support
from tests.db.support import KEPT, LEVELS, MINUTE, hypertable_of, quote, trade

# One for a fault of each level, and a last one, on which stored candles end.
DAYS = [support.midnight(40 - number) for number in range(len(LEVELS) + 1)]
AT = timedelta(hours=10)  # the start of a bucket of 1h, and of all narrower ones
PARENTS = [f"candles_{level}" for level in LEVELS if level != "1m"]


@pytest.fixture
def filled(conn: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A database with an hour and a half of trades and quotes on each of DAYS, refreshed."""
    for day in DAYS:
        times = [day + AT + minute * MINUTE for minute in range(0, 90, 3)]
        support.insert(conn, [trade(ts, str(100 + n % 7)) for n, ts in enumerate(times)])
        support.insert(conn, [quote(ts, str(10 + n % 7), "20") for n, ts in enumerate(times)])
    support.refresh_all(conn)
    return conn


def run(url: str, **given: Any) -> verify.Verified:
    return verify.verify(url, bar, **given)


def bucket_of(relation: str, ts: datetime) -> datetime:
    """Returns the start of the bucket of a relation that a time of DAYS falls into."""
    day = ts.replace(hour=0, minute=0)
    return day + (ts - day) // KEPT[relation] * KEPT[relation]


def spoil(conn: psycopg.Connection[Any], relation: str, ts: datetime) -> None:
    """Makes the high of one candle wrong."""
    column = "mid_high" if relation.startswith("quote") else "high"
    changed = conn.execute(
        f"update {hypertable_of(conn, relation)} set {column} = 999 where bucket = %s",
        [bucket_of(relation, ts)],
    )
    assert changed.rowcount == 1


def make_parents_again(conn: psycopg.Connection[Any], day: datetime) -> None:
    """Makes the wider candles of a day from the stored candles of 1m as they are."""
    if edition.kind_of(conn) == "community":
        support.refresh_all(conn)  # an update of candles has changed what is above them
        return
    for relation in PARENTS:
        conn.execute(
            "call ops.make_candles(%s, array[('AAPL', %s, %s)::ops.span])",
            [relation, day, day + timedelta(days=1)],
        )


def test_a_fault_is_found_at_each_level_of_both_trees(
    filled: psycopg.Connection[Any], fresh_database: str
) -> None:
    # On Community the candles made from one that was changed are pending.
    for number, relation in enumerate(KEPT):
        spoil(filled, relation, DAYS[number % len(LEVELS)] + AT)
    found = run(fresh_database)
    assert found.mismatches == dict.fromkeys(KEPT, 1)
    assert {(one.relation, one.bucket, one.field, one.stored) for one in found.first} == {
        (
            relation,
            bucket_of(relation, DAYS[number % len(LEVELS)] + AT),
            "mid_high" if relation.startswith("quote") else "high",
            999,
        )
        for number, relation in enumerate(KEPT)
    }


def test_right_candles_above_a_wrong_one_are_right(
    filled: psycopg.Connection[Any], fresh_database: str
) -> None:
    spoil(filled, "candles_1m", DAYS[0] + AT)
    found = run(fresh_database)
    assert {relation for relation, wrong in found.mismatches.items() if wrong} == {"candles_1m"}
    assert found.pending == 0


def test_candles_made_from_a_wrong_one_are_wrong(
    filled: psycopg.Connection[Any], fresh_database: str
) -> None:
    spoil(filled, "candles_1m", DAYS[0] + AT)
    make_parents_again(filled, DAYS[0])
    found = run(fresh_database)
    assert found.mismatches == {relation: int(relation.startswith("candles")) for relation in KEPT}
    assert {(one.field, one.stored) for one in found.first} == {("high", 999)}


def test_missing_and_extra_candles_are_found_above_the_lowest_level(
    filled: psycopg.Connection[Any], fresh_database: str
) -> None:
    filled.execute(
        f"delete from {hypertable_of(filled, 'candles_15m')} where bucket = %s", [DAYS[0] + AT]
    )
    filled.execute(
        f"insert into {hypertable_of(filled, 'quote_candles_12h')}"
        " (bucket, symbol, source, quote_count)"
        " values (%s, 'AAPL', 'ghost', 7)",
        [DAYS[1]],
    )
    found = run(fresh_database)
    assert {(one.relation, one.kind, one.stored, one.expected) for one in found.first} == {
        ("candles_15m", "missing", None, 5), ("quote_candles_12h", "extra", 7, None),
    }  # fmt: skip
    assert found.candles["candles_15m"] == 6 * len(DAYS) - 1
    assert found.candles["quote_candles_12h"] == len(DAYS) + 1


def test_wide_candles_are_made_of_whole_buckets(
    filled: psycopg.Connection[Any], fresh_database: str
) -> None:
    found = run(fresh_database, since=DAYS[0], until=DAYS[0] + MINUTE)
    assert found.wrong == 0
    assert {relation: number for relation, number in found.candles.items() if number} == {
        "candles_12h": 1, "candles_1d": 1, "quote_candles_12h": 1, "quote_candles_1d": 1,
    }  # fmt: skip
    spoil(filled, "candles_1d", DAYS[0])
    assert run(fresh_database, since=DAYS[0], until=DAYS[0] + MINUTE).wrong == 1
    assert run(fresh_database, since=DAYS[0] + MINUTE, until=DAYS[1]).wrong == 0


def test_only_candles_that_begin_within_the_range_are_compared(
    filled: psycopg.Connection[Any], fresh_database: str
) -> None:
    start = DAYS[0] + AT
    found = run(fresh_database, since=start + 7 * MINUTE, until=start + 31 * MINUTE)
    assert found.wrong == 0
    numbers = {"1m": 8, "5m": 5, "15m": 2, "30m": 1, "1h": 0, "4h": 0, "12h": 0, "1d": 0}
    assert [found.candles[f"candles_{level}"] for level in LEVELS] == list(numbers.values())


def test_below_the_floor_a_level_is_compared_with_the_stored_level_below(
    filled: psycopg.Connection[Any], fresh_database: str
) -> None:
    floor = DAYS[0] + AT + 40 * MINUTE
    filled.execute(
        "update ops.retention_floors set floor_ts = %s where relation = 'trades'", [floor]
    )
    filled.execute("delete from market.trades where ts < %s", [floor])
    found = run(fresh_database)
    assert found.wrong == found.pending == 0
    on_first_day = {"1m": 16, "5m": 18, "15m": 6, "30m": 3, "1h": 2, "4h": 1, "12h": 1, "1d": 1}
    for level, number in on_first_day.items():
        whole = 30 if level == "1m" else number
        assert found.candles[f"candles_{level}"] == whole * (len(DAYS) - 1) + number, level
    spoil(filled, "candles_12h", DAYS[0])
    found = run(fresh_database)
    # on Community the events that were deleted leave their candles to the next refresh
    assert found.wrong + found.pending == 1


@pytest.mark.parametrize("relation", PARENTS)
def test_a_sample_finds_a_fault_without_the_levels_below(
    filled: psycopg.Connection[Any], fresh_database: str, relation: str
) -> None:
    spoil(filled, relation, DAYS[0] + AT)
    bucket = bucket_of(relation, DAYS[0] + AT)
    row = filled.execute(
        "select wrong, candles from ops.compare_candles(array[%s], %s, %s, 'AAPL')",
        [relation, bucket, bucket + KEPT[relation]],
    ).fetchone()
    assert row == (1, 1)


def test_parts_cover_each_day_of_both_trees_once(filled: psycopg.Connection[Any]) -> None:
    def parts(since: str, until: str, rows: int) -> list[tuple[str, datetime, datetime]]:
        return filled.execute(
            "select relations[1], since, until from ops.verify_slices(%s, %s, %s)"
            " order by relations[1], since",
            [since, until, rows],
        ).fetchall()

    days = parts("-infinity", "infinity", 1)
    for lowest in ("candles_1m", "quote_candles_1m"):
        ours = [(since, until) for relation, since, until in days if relation == lowest]
        assert all(until <= since for (_, until), (since, _) in pairwise(ours))
        assert {(day, day + timedelta(days=1)) for day in DAYS} <= set(ours)
    assert len(parts("-infinity", "infinity", 10**9)) == 2
    since, until = DAYS[2] + AT, DAYS[3] + AT
    assert parts(since.isoformat(), until.isoformat(), 1) == [
        (lowest, *part)
        for lowest in ("candles_1m", "quote_candles_1m")
        for part in ((since, DAYS[3]), (DAYS[3], until))
    ]


def test_many_parts_find_what_one_finds(
    filled: psycopg.Connection[Any], fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, relation in enumerate(KEPT):
        spoil(filled, relation, DAYS[number % len(LEVELS)] + AT)
    whole = run(fresh_database)
    monkeypatch.setattr(verify, "SLICE_ROWS", 1000)  # less than a chunk counts
    daily = run(fresh_database)
    assert (daily.candles, daily.mismatches) == (whole.candles, whole.mismatches)
    assert len(daily.first) == len(whole.first) == len(KEPT)


def test_more_faults_than_are_shown_are_counted(
    filled: psycopg.Connection[Any], fresh_database: str
) -> None:
    filled.execute(f"update {hypertable_of(filled, 'candles_1m')} set low = 1, close = 2")
    found = run(fresh_database)
    assert found.mismatches["candles_1m"] == found.candles["candles_1m"] == 30 * len(DAYS)
    assert len(found.first) == verify.MOST_SHOWN
    assert {one.bucket.date() for one in found.first} == {DAYS[0].date()}


def test_right_candles_of_all_kinds_of_events_differ_nowhere(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    choose = random.Random(12)
    masks = (0, 2, 4, 6, 8, 10, 13, 14, 221)
    sides = (("1", "3"), ("-2", "5"), ("2", None), (None, "4"))
    for number in range(300):  # few per minute, so that some candles have no regular trade or bid
        ts = DAYS[0] + MINUTE * choose.randrange(3 * 24 * 60) / 3
        price, size = str(choose.randrange(-5, 5)), choose.choice((None, "0", "1.5"))
        support.insert(
            conn,
            [
                trade(ts, price, size, number, moves=choose.choice(masks)),
                quote(ts, *choose.choice(sides), seq=number),
            ],
        )
    support.refresh_all(conn)
    support.assert_exact(conn)
    found = run(fresh_database)
    assert found.wrong == found.pending == 0
    assert found.candles["candles_1m"] > 200


@pytest.mark.community
def test_rows_and_columns_are_compared_alike(
    filled: psycopg.Connection[Any], fresh_database: str
) -> None:
    columnar = ["trades", "quotes", *KEPT]
    for relation in columnar:
        chunks = filled.execute(
            "select show_chunks(%s::regclass, older_than => %s)",
            [hypertable_of(filled, relation), DAYS[4]],
        ).fetchall()
        for (chunk,) in chunks:
            filled.execute("call convert_to_columnstore(%s)", [chunk])
    assert run(fresh_database).wrong == 0
    # some rows beside the columns of a chunk
    support.insert(filled, [trade(DAYS[1] + AT, "5", seq=1), quote(DAYS[1] + AT, "5", "6", seq=1)])
    support.refresh_all(filled)
    assert run(fresh_database).wrong == 0
    for number, relation in enumerate(KEPT):
        spoil(filled, relation, DAYS[number % len(LEVELS)] + AT)
    assert run(fresh_database).mismatches == dict.fromkeys(KEPT, 1)
