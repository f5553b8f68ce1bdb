"""A real day of IBM with sale conditions, from the vendor's ticks to candles, against its bars.

The vendor moves auction prints between minutes: the bars of those minutes differ, and no others.
"""

import csv
import gzip
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg
import pytest

from ingest.formats import bar_rules
from stack.broker import Broker
from stack.database import Database
from tests import oracle
from tests import support as names
from tests.acceptance import lean, loaded
from tests.acceptance.lean import Bar, Print
from tests.db import support
from tests.faults.loaders import PARTITIONS, Loaders
from tests.oracle import Quote, Trade

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT.parent / "shared/fixtures/lean"
TRADES = FIXTURES / "ibm_tick_20131007_trade.zip"
QUOTES = FIXTURES / "ibm_tick_20131007_quote.zip"
SECOND_BARS = FIXTURES / "ibm_second_20131007_trade.zip"
MINUTE_BARS = FIXTURES / "ibm_minute_20131007_trade.zip"
MINUTE_QUOTES = FIXTURES / "ibm_minute_20131007_quote.zip"

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
AUCTION_PRICES = {"09:30", "15:59"}
AUCTION_VOLUMES = {"09:30", "15:59", "16:00", "16:01"}
LAST_QUOTE = {"20:00"}  # the vendor leaves out the day's last quote, which it marks as suspicious

OPEN_CLOSE = "case when moves & 1 <> 0 then 1 when moves & 2 <> 0 then 2 end"
SECONDS = f"""
with trades as (
    select
        date_trunc('second', ts) as start,
        price,
        moves,
        ts, ns, seq, tick_id,
        {OPEN_CLOSE} as turn
    from market.trades
    where symbol = 'IBM' and source = 'algoseek'
)
select
    start,
    (array_agg(price order by turn, ts, ns, seq, tick_id) filter (where turn is not null))[1],
    max(price) filter (where moves & 4 <> 0),
    min(price) filter (where moves & 4 <> 0),
    coalesce(
        (array_agg(price order by ts desc, ns desc, seq desc, tick_id desc)
            filter (where turn = 1))[1],
        (array_agg(price order by ts, ns, seq, tick_id) filter (where turn = 2))[1]
    )
from trades
group by start
having bool_or(turn is not null)
order by start
"""

DAY_BAR = """
select open, high, low, close, volume, notional, tick_count
from market.session_candles('IBM', '2013-10-07', '2013-10-08', 'algoseek', 'NEW YORK')
"""


class Day(NamedTuple):
    """A database with the day in it, and how many messages that took."""

    url: str
    trades: int
    quotes: int


pytestmark = pytest.mark.skipif(
    not TRADES.exists(), reason=f"needs IBM of 7 October 2013 in {FIXTURES}"
)


@pytest.fixture(scope="module")
def day(
    database: Database,
    template: str,
    broker: Broker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Day]:
    """The day, published line by line and loaded."""
    home = tmp_path_factory.mktemp("ibm")
    topic = names.unique("topic")
    broker.create_topics([topic], partitions=PARTITIONS)
    with ExitStack() as stack:
        url = stack.enter_context(names.database_like(database.url, template))
        loaders = stack.enter_context(Loaders(home, url, broker, topic))
        counts = [
            _publish(loaders, topic, home / "trades.ndjson.gz", map(_trade, lean.trades(TRADES))),
            _publish(loaders, topic, home / "quotes.ndjson.gz", map(_quote, _two_sided())),
        ]
        loaders.load_rest()
        yield Day(url, *counts)


def _two_sided() -> Iterable[Quote]:
    return lean.two_sided(lean.sides(QUOTES), carried=True)


def _publish(loaders: Loaders, topic: str, file: Path, messages: Iterable[dict[str, Any]]) -> int:
    lines = [msgspec.json.encode(message) for message in messages]
    file.write_bytes(gzip.compress(b"\n".join(lines), compresslevel=1))
    assert loaded.publish(loaders, topic, "ndjson", str(file)) == len(lines)
    return len(lines)


def _trade(trade: Print) -> dict[str, Any]:
    return {
        "v": 1,
        "kind": "trade",
        "source": "algoseek",
        "symbol": "IBM",
        "event_time": trade.ts,
        "price": str(trade.price),
        "size": str(trade.size),
        "exchange": trade.exchange,
        "tape": "A",
        "conditions": [trade.flags],
        "seq": trade.ordinal,
        "dedupe_id": str(trade.ordinal),
    }


def _quote(quote: Quote) -> dict[str, Any]:
    message = {
        "v": 1,
        "kind": "quote",
        "source": "algoseek",
        "symbol": "IBM",
        "event_time": quote.ts,
        "bid": quote.bid,
        "bid_size": quote.bid_size,
        "ask": quote.ask,
        "ask_size": quote.ask_size,
        "seq": quote.seq,
        "dedupe_id": quote.tick_id,
    }
    return {name: value for name, value in message.items() if value is not None}


def _connect(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True, options="-c timezone=UTC")


def _vendors(path: Path) -> dict[datetime, Bar]:
    return {bar.start: bar for bar in lean.bars(path)}


def _different(
    made: dict[datetime, tuple[Any, ...]], wanted: dict[datetime, tuple[Any, ...]]
) -> set[str]:
    """Returns the times of New York, as 09:30, of the buckets that are not the vendor's."""
    return {
        f"{start.astimezone(lean.NEW_YORK):%H:%M}"
        for start in made.keys() | wanted.keys()
        if made.get(start) != wanted.get(start)
    }


def test_the_shipped_rules_make_the_vendors_bars_of_its_trades() -> None:
    trades = [_masked(trade) for trade in lean.trades(TRADES)]
    seconds = [c for c in oracle.trade_candles(trades, SECOND) if c.open is not None]
    wanted = {start: bar[1:5] for start, bar in _vendors(SECOND_BARS).items()}
    assert _different({c.bucket: c[3:7] for c in seconds}, wanted) == set()
    minutes = oracle.trade_candles(trades, MINUTE)
    wanted = {start: bar[1:5] for start, bar in _vendors(MINUTE_BARS).items()}
    assert _different({c.bucket: c[3:7] for c in minutes}, wanted) == AUCTION_PRICES


def _masked(trade: Print) -> Trade:
    """Returns a trade with its mask by the shipped tables."""
    us = (trade.ts - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    moves = RULES.moves("algoseek", "A", (trade.flags,), us)
    return Trade(trade.ts, trade.price, trade.size, trade.ordinal, str(trade.ordinal), 0, moves)


def _table(name: str) -> list[dict[str, str]]:
    with (ROOT / "db/data" / name).open(newline="") as file:
        return list(csv.DictReader(file))


RULES = bar_rules.from_rows(_table("rule_sets.csv"), _table("bar_rules.csv"))


@pytest.mark.kafka
def test_every_message_is_stored(day: Day) -> None:
    with _connect(day.url) as conn:
        account = loaded.account(conn)
        assert account.pop("stored") == day.trades + day.quotes
        assert set(account.values()) == {0}
        kept = conn.execute(
            "select count(*), count(distinct exchange), count(distinct conditions[1]),"
            " count(*) filter (where tape = 'A') from market.trades"
        ).fetchone()
    prints = list(lean.trades(TRADES))
    exchanges, flags = {p.exchange for p in prints}, {p.flags for p in prints}
    assert kept == (len(prints), len(exchanges), len(flags), len(prints))


@pytest.mark.kafka
def test_seconds_of_the_trades_are_the_vendors(day: Day) -> None:
    with _connect(day.url) as conn:
        made = {start: tuple(points) for start, *points in conn.execute(SECONDS)}
    assert len(made) == 5_123
    wanted = {start: bar[1:5] for start, bar in _vendors(SECOND_BARS).items()}
    assert _different(made, wanted) == set()


@pytest.mark.kafka
def test_minutes_are_the_vendors_but_for_auctions(day: Day) -> None:
    columns = ("bucket", "open", "high", "low", "close", "volume")
    vendors = _vendors(MINUTE_BARS)
    with _connect(day.url) as conn:
        for refresh in (lambda _conn: None, support.refresh_all):
            refresh(conn)
            made = {row[0]: row[1:] for row in loaded.rows(conn, "candles_1m", columns)}
            prices = {start: row[:4] for start, row in made.items()}
            wanted = {start: bar[1:5] for start, bar in vendors.items()}
            assert _different(prices, wanted) == AUCTION_PRICES
            volumes = {start: row[4:] for start, row in made.items()}
            wanted = {start: bar[5:] for start, bar in vendors.items()}
            assert _different(volumes, wanted) == AUCTION_VOLUMES


@pytest.mark.kafka
def test_minutes_of_bids_and_asks_are_the_vendors_but_the_last(day: Day) -> None:
    columns = (f"{side}_{point}" for side in ("bid", "ask") for point in lean.POINTS)
    vendors = list(lean.quote_bars(MINUTE_QUOTES))
    wanted = {bid.start: (*bid[1:5], *ask[1:5]) for bid, ask in vendors}
    assert len(wanted) == 554
    with _connect(day.url) as conn:
        made = loaded.rows(conn, "quote_candles_1m", ("bucket", *columns))
    assert _different({row[0]: row[1:] for row in made}, wanted) == LAST_QUOTE


@pytest.mark.kafka
def test_the_bar_of_the_session_takes_the_daily_rule(day: Day) -> None:
    open_at, close_at = (datetime(2013, 10, 7, hour, 0, tzinfo=UTC) for hour in (13, 20))
    open_at += timedelta(minutes=30)
    trades = [t for t in map(_masked, lean.trades(TRADES)) if open_at <= t.ts < close_at]
    (bar,) = oracle.trade_candles(trades, timedelta(days=1), daily=True)
    with _connect(day.url) as conn:
        conn.execute(
            "insert into market.sessions (calendar, session_date, open_at, close_at)"
            " values ('NEW YORK', '2013-10-07', %s, %s)",
            [open_at, close_at],
        )
        made = conn.execute(DAY_BAR).fetchall()
    assert made == [(*bar[3:7], bar.volume, bar.notional, bar.tick_count)]
