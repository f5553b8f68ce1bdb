"""Candles do not depend on the order in which events arrive, nor on how and when they are stored.

Events tie in time, nanoseconds and sequence, so that only the whole order says which came first.
The database's candles are compared with those of tests/oracle.py.
"""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import edition
from tests import oracle, support
from tests.db import support as db_support
from tests.oracle import Quote, QuoteCandle, Trade, TradeCandle

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "10")) // 2
START = datetime(2024, 2, 29, tzinfo=UTC)
MOMENTS = [
    timedelta(days=days, minutes=minutes, microseconds=micros)
    for days in (0, 1)
    for minutes in (0, 1, 59, 720)
    for micros in (0, 1, 59_999_999)
]
Draw = Callable[..., Any]
CLOSE_ENOUGH = Fraction(1, 10**15)  # of a quotient: numeric gives it at least 16 digits

# Few values, so that events tie; ids that compare otherwise as numbers, bytes or words.
moments = st.sampled_from(MOMENTS).map(START.__add__)
nanoseconds = st.sampled_from([0, 1, 999])
numbers = st.sampled_from([0, 1, 4_095, 4_096, 2**63 - 1])
ids = st.sampled_from(["1", "9", "10", "a", "B", "b\\z", "é", "e\u0301", " ", None])
prices = st.sampled_from(["-37.63", "0", "0.1", "0.30000000000000004", "100", "99999999.99"]).map(
    Decimal
)
sizes = st.sampled_from(["0", "1", "0.000000000000000001", "12000"]).map(Decimal) | st.none()
symbols = st.sampled_from(["A", "A", "A", "B"])
sources = st.sampled_from(["sim", "sim", "sim", "new"])
masks = st.sampled_from([0, 4, 5, 6, 8, 12, 13, 13, 14])  # what rules can give for minutes


@st.composite
def trades(draw: Draw, instants: st.SearchStrategy[Any]) -> Trade:
    ts, ns, seq = draw(instants)
    moves = draw(masks) | draw(masks) << 4  # of minutes, of days
    return Trade(
        ts, draw(prices), draw(sizes), seq, draw(ids), ns, moves, draw(symbols), draw(sources)
    )


@st.composite
def quotes(draw: Draw, instants: st.SearchStrategy[Any]) -> Quote:
    ts, ns, seq = draw(instants)
    sides, allowed = draw(
        st.sampled_from([("both", [0, 1, 2, 7, 7, 7]), ("bid", [0, 1, 1]), ("ask", [0, 2, 2])])
    )
    return Quote(
        ts,
        None if sides == "ask" else draw(prices),
        None if sides == "bid" else draw(prices),
        draw(sizes), draw(sizes), seq, draw(ids), ns,
        draw(st.sampled_from(allowed)), draw(symbols), draw(sources),
    )  # fmt: skip


def place(event: Trade | Quote) -> tuple[Any, ...]:
    """Returns the whole order of an event in its series; no two have the same."""
    return event.symbol, event.source, event.ts, event.ns, event.seq, event.tick_id


def identity(event: Trade | Quote) -> tuple[Any, ...]:
    """Returns the identity; an event without an id has none but its place."""
    return place(event) if event.tick_id is None else (*place(event)[:3], event.tick_id)


@st.composite
def arrivals(draw: Draw, events: Callable[..., Any]) -> list[tuple[list[Any], str]]:
    """Batches of distinct events, each followed by something that happens to the storage."""
    few = (st.lists(values, min_size=1, max_size=3) for values in (moments, nanoseconds, numbers))
    instants = st.tuples(*(st.sampled_from(draw(values)) for values in few))
    most = draw(st.sampled_from([1, 8, 32, 48]))
    found = draw(
        st.lists(
            events(instants), min_size=most // 2 + 1, max_size=most, unique_by=(place, identity)
        )
    )
    happens = st.sampled_from(["nothing", "nothing", "nothing", "refresh", "compress"])
    return _batches(
        draw(st.permutations(found)),
        draw(st.lists(happens, min_size=len(found), max_size=len(found))),
    )


def _batches(events: Sequence[Any], happens: Sequence[str]) -> list[tuple[list[Any], str]]:
    """Ends a batch wherever something happens."""
    batches: list[tuple[list[Any], str]] = [([], "nothing")]
    for event, then in zip(events, happens, strict=True):
        batches[-1][0].append(event)
        if then != "nothing":
            batches[-1] = (batches[-1][0], then)
            batches.append(([], "nothing"))
    return batches


class Kind(NamedTuple):
    """A hypertable and the candles made of it."""

    relation: str
    candle: type
    candles: Callable[..., list[Any]]
    quotient: tuple[str, str, str]  # a column, and the two it is the quotient of


TRADES = Kind("trades", TradeCandle, oracle.trade_candles, ("vwap", "notional", "vwap_volume"))
QUOTES = Kind(
    "quotes", QuoteCandle, oracle.quote_candles, ("mean_spread", "spread_sum", "spread_count")
)


class Storage:
    """A database of one edition, and what happens to it."""

    def __init__(self, conn: psycopg.Connection[Any], kind: Kind) -> None:
        self.conn = conn
        self.kind = kind
        self.is_apache = edition.kind_of(conn) == "apache"
        self.levels = conn.execute(
            "select relation, width from ops.lifecycle where kind = %s and width is not null"
            ' order by "position"',
            [kind.relation],
        ).fetchall()
        self.is_refreshed = False

    def _log_change(self) -> None:
        self.conn.execute(
            "insert into ops.candle_changes (kind, since, until) values (%s, %s, %s)",
            [self.kind.relation, START, START + timedelta(days=2)],
        )

    def nothing(self) -> None:
        pass

    def refresh(self) -> None:
        """Brings the candles up to date, those that are already as well."""
        self.is_refreshed = True
        if self.is_apache:
            self._log_change()
            self.conn.execute("call market.refresh_candles()")
            return
        for relation, _ in self.levels:
            self.conn.execute(
                f"call refresh_continuous_aggregate('ops.{relation}', null, null,"
                """ force => true, options => '{"buckets_per_batch": 0}')"""
            )

    def compress(self) -> None:
        """Moves all events and candles into the columnstore."""
        if self.is_apache:
            return
        for relation in (self.kind.relation, *(name for name, _ in self.levels)):
            chunks = self.conn.execute(
                "select show_chunks(ops.store_of(%s))::text", [relation]
            ).fetchall()
            for (chunk,) in chunks:
                self.conn.execute(
                    "call convert_to_columnstore(%s::regclass, if_not_columnstore => true)",
                    [chunk],
                )

    def check(self, events: list[Any]) -> None:
        """Compares the candles of every level with those of the oracle."""
        for relation, width in self.levels:
            names = (*self.kind.candle._fields, self.kind.quotient[0])
            rows = self.conn.execute(
                f"select {', '.join(names)} from market.{relation} order by bucket, symbol, source"
            ).fetchall()
            made = [self.kind.candle._make(row[:-1]) for row in rows]
            assert made == self.kind.candles(events, width), relation
            for candle, row in zip(made, rows, strict=True):
                self._check_quotient(candle, row[-1])

    def _check_quotient(self, candle: Any, quotient: Decimal | None) -> None:
        _, above, below = self.kind.quotient
        if not getattr(candle, below):
            assert quotient is None
            return
        exact = Fraction(getattr(candle, above)) / Fraction(getattr(candle, below))
        assert quotient is not None
        assert abs(Fraction(quotient) - exact) <= CLOSE_ENOUGH * max(abs(exact), 1)


def _live(storage: Storage, arrived: list[tuple[list[Any], str]]) -> None:
    events: list[Any] = []
    for batch, then in arrived:
        db_support.insert(storage.conn, batch)
        events += batch
        getattr(storage, then)()
        if then == "refresh" or not storage.is_refreshed:
            storage.check(events)
    storage.refresh()
    storage.check(events)
    storage.compress()
    storage.check(events)
    storage.refresh()
    storage.check(events)


soaked = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@soaked
@given(arrived=arrivals(trades))
def test_bars_of_trades_do_not_depend_on_arrival(database, template, arrived):
    with support.database_like(database.url, template) as url, _connect(url) as conn:
        _live(Storage(conn, TRADES), arrived)


@soaked
@given(arrived=arrivals(quotes))
def test_bars_of_quotes_do_not_depend_on_arrival(database, template, arrived):
    with support.database_like(database.url, template) as url, _connect(url) as conn:
        _live(Storage(conn, QUOTES), arrived)


def _connect(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True, options="-c timezone=UTC")
