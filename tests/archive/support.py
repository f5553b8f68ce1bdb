"""Days of trades and quotes with everything that is hard to keep, archived and looked at."""

from collections.abc import Iterable
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import psycopg
from pyiceberg.table import Table

from archive import catalog, read, run, sums, tables
from archive.days import bounds
from archive.run import Archived
from archive.settings import ArchiveSettings
from cli.progress import no_progress
from db import edition
from tests.db import support
from tests.db.support import quote, trade
from tests.oracle import Quote, Trade

DAYS_AGO = 3
START = support.midnight(DAYS_AGO)
DAY = START.date()

# Trades of twenty symbols, with and without conditions.
MANY = """
with added as (
    insert into market.instruments (symbol)
    select 'SYM' || number from generate_series(0, 19) as number
)
insert into market.trades (
    ts, symbol, source, price, size, tick_id, seq, batch, rules, moves, conditions
)
select
    %(start)s + number * %(step)s, 'SYM' || number %% 20, 'sim',
    100 + number %% 977 / 100.0, number %% 13, number::text, number, 1, 1, 221,
    case number %% 3 when 0 then array['@', 'T'] when 1 then '{}' end
from generate_series(1, %(rows)s) as number
"""


def moment(hours: float, us: int = 0) -> datetime:
    """Returns a time of the day."""
    return START + timedelta(hours=hours, microseconds=us)


def events() -> list[Trade | Quote]:
    """Returns a day's events: ties, nanoseconds, extreme and negative numbers, none of an id."""
    tie = moment(10)
    return [
        *(trade(tie, str(100 + n), "2", seq=5, tick_id=f"tie{n}") for n in range(4)),
        trade(tie, "7", seq=2**63 - 1, tick_id="a"),
        trade(tie, "8", seq=2**63 - 1, tick_id="b"),
        trade(tie, "9", seq=5, ns=999, tick_id="late in its microsecond"),
        trade(moment(11), "0.000000000000000001", "1", tick_id="least"),
        trade(moment(11.5), "-37.63", "10", tick_id="negative"),
        trade(moment(12), "89999999999999999999.5", "1", tick_id="most"),
        trade(moment(12.1), "89999999999999999999.5", None, tick_id="no size"),
        trade(moment(13), "5", tick_id='quote " comma , line\nend \\N'),
        trade(moment(13.1), "5", tick_id=""),
        *(trade(moment(14), "5", seq=9) for _ in range(3)),  # no id: three equal rows
        trade(moment(0), "1", tick_id="first", symbol="MSFT"),
        trade(moment(24, -1), "2", tick_id="last", symbol="MSFT"),
        trade(moment(9), "3", tick_id="x", symbol="EUR/USD", source="other"),
        quote(moment(10), "1.5", "1.6", bid_size=Decimal(3), tick_id="q1"),
        quote(moment(10.5), None, "1.7", tick_id="q2"),
        quote(moment(11), "-0.5", "0", tick_id="q3"),
        quote(moment(24, -1), "1", "2", symbol="EUR/USD"),
    ]


def fill(url: str, more: Iterable[Trade | Quote] = ()) -> None:
    """Stores a day's events and one of each neighbour, conditions of all kinds, and the candles."""
    neighbours = [
        trade(START - timedelta(seconds=1), "50", tick_id="before"),
        trade(START + timedelta(days=1), "60", tick_id="after"),
    ]
    with support.connect(url) as conn:
        support.insert(conn, [*events(), *neighbours, *more])
        conn.execute("update market.trades set conditions = '{}' where tick_id = 'tie0'")
        conn.execute(
            "update market.trades set conditions = %s, exchange = '', tape = 'A', side = 'sell',"
            " received_at = ts + interval '1 second' where tick_id = 'tie1'",
            [["", 'a"b', "{c,d}", "e"]],
        )
        support.refresh_all(conn)


def insert_many(conn: psycopg.Connection[Any], start: datetime, step: timedelta, rows: int) -> None:
    """Stores trades, one per step, and what a loader writes beside them; makes the candles."""
    conn.execute(MANY, {"start": start, "step": step, "rows": rows})
    if edition.kind_of(conn) == "apache":
        conn.execute(
            "insert into ops.candle_changes (kind, since, until) values ('trades', %s, %s)",
            [start, start + (rows + 1) * step + support.MINUTE],
        )
    support.refresh_all(conn)


def archive(settings: ArchiveSettings, day: date = DAY, **options: Any) -> Archived:
    """Archives what is due of a day; candles that are behind are refused at once."""
    options = {"patience": 0, **options}
    return run.archive(settings, no_progress, since=day, until=day + timedelta(days=1), **options)


def archived(
    settings: ArchiveSettings, name: str, day: date = DAY, as_of: Any = None
) -> list[dict[str, Any]]:
    """Returns a day's rows as the archive has them."""
    table = _table(settings, name)
    known = read.newest(table, day, as_of)
    assert known is not None
    batches = read.batches(table, relation(settings, name), day, known.snapshot)
    return [row for batch in batches for row in batch.to_pylist()]


def stored(url: str, name: str, day: date = DAY) -> list[dict[str, Any]]:
    """Returns a day's rows as the database has them, in the order of the archive."""
    time, order = "ts", "symbol, source, ts, ns, seq, tick_id"
    if "candles" in name:
        time, order = "bucket", "symbol, source, bucket"
    if name == "amendments":
        order = "symbol, source, ts, id"
    relation = "ops.amendments" if name == "amendments" else f"market.{name}"
    with psycopg.connect(url, row_factory=psycopg.rows.dict_row) as conn:
        conn.execute("set timezone to 'UTC'")
        return conn.execute(
            f"select * from {relation} where {time} >= %s and {time} < %s order by {order}",
            bounds(day),  # with a date TimescaleDB 2.19.3 finds no candles that are computed
        ).fetchall()


def equal(settings: ArchiveSettings, name: str, day: date = DAY) -> list[dict[str, Any]]:
    """Asserts that archive and database have the same rows, and returns them."""
    theirs, ours = archived(settings, name, day), stored(settings.database_url, name, day)
    assert [_rounded(row) for row in theirs] == [_rounded(row) for row in ours]
    return ours


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Returns a row with quotients as the archive has them, and without the column of its own."""
    places = Decimal("1E-18")
    return {
        name: value.quantize(places, ROUND_HALF_UP, Context(prec=60))
        if name in {"vwap", "mean_spread"} and value is not None
        else value
        for name, value in row.items()
        if name != "scales"
    }


def ledger(url: str, columns: str = "relation, day, rows", where: str = "true") -> list[Any]:
    """Returns ops.archives."""
    with psycopg.connect(url) as conn:
        return conn.execute(
            f"select {columns} from ops.archives where {where} order by relation, day, archived_at"
        ).fetchall()


def relation(settings: ArchiveSettings, name: str) -> tables.Relation:
    """Returns what is archived under a name."""
    with psycopg.connect(settings.database_url) as conn:
        return next(one for one in tables.relations(conn) if one.name == name)


def sums_of(settings: ArchiveSettings, name: str) -> list[str]:
    """Returns the sums of a day as they are made of the archive's file."""
    return snapshot_sums(settings, name, DAY, None).figures


def snapshot_sums(
    settings: ArchiveSettings, name: str, day: date, snapshot: int | None
) -> sums.Sums:
    """Returns the sums of a day in a snapshot."""
    known = relation(settings, name)
    return sums.total(known, read.batches(_table(settings, name), known, day, snapshot))


def _table(settings: ArchiveSettings, name: str) -> Table:
    """Returns a table of the archive, read without the lock of those that write."""
    with closing(catalog.open_catalog(settings, role="stockpulse_owner", keep=True)) as iceberg:
        return iceberg.load_table(tables.identifier(name))
