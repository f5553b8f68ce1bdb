"""Writes trades and quotes to the database under test, and stores their candles."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg


class Tick(NamedTuple):
    """One trade: time, price, size; `moves` as in market.trades, without rules everything."""

    ts: datetime
    price: str
    size: str | None = "1"
    moves: int = 221


class Quote(NamedTuple):
    """One quote: time, bid, ask and the size at the bid."""

    ts: datetime
    bid: str | None
    ask: str | None
    bid_size: str | None = None


class Store:
    """A writer of trades and quotes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = itertools.count()

    def ticks(self, symbol: str, ticks: Iterable[Tick], source: str = "sim") -> None:
        """Stores trades and adds their symbol to the instruments."""
        rows = [
            (tick.ts, symbol, source, _number(tick.price), _number(tick.size),
             str(number := next(self._numbers)), number, 1, 1, tick.moves)
            for tick in ticks
        ]  # fmt: skip
        self._copy(
            "trades (ts, symbol, source, price, size, tick_id, seq, batch, rules, moves)", rows
        )

    def quotes(self, symbol: str, quotes: Iterable[Quote], source: str = "sim") -> None:
        """Stores quotes, which move the sides they have, and adds their symbol."""
        rows = [
            (quote.ts, symbol, source, _number(quote.bid), _number(quote.ask),
             _number(quote.bid_size), str(number := next(self._numbers)), number, 1,
             (quote.bid is not None) + 2 * (quote.ask is not None)
             + 4 * (None not in (quote.bid, quote.ask)))
            for quote in quotes
        ]  # fmt: skip
        self._copy(
            "quotes (ts, symbol, source, bid, ask, bid_size, tick_id, seq, batch, moves)", rows
        )

    def _copy(self, target: str, rows: list[tuple[Any, ...]]) -> None:
        with psycopg.connect(self.url) as conn, conn.cursor() as cursor:
            cursor.execute(
                "insert into market.instruments (symbol) select unnest(%s::text [])"
                " on conflict do nothing",
                [[row[1] for row in rows[:1]]],
            )
            with cursor.copy(f"copy market.{target} from stdin") as copy:  # type: ignore[arg-type]
                for row in rows:
                    copy.write_row(row)

    def execute(self, statement: str) -> None:
        """Runs one statement outside of a transaction."""
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(statement)  # type: ignore[arg-type]

    def make_candles(self, edition: str) -> None:
        """Stores the candles of all ticks so far, at every level."""
        if edition == "apache":
            self.execute(
                "insert into ops.candle_changes (kind, symbol, since, until)"
                " select kind, null, '2000-01-01', '2100-01-01'"
                " from (values ('trades'), ('quotes')) as trees (kind)"
            )
            self.execute("call market.refresh_candles()")
            return
        for relation in self._relations():
            self.execute(
                f"call refresh_continuous_aggregate('ops.{relation}', null, now(),"
                """ options => '{"buckets_per_batch": 0}')"""
            )

    def _relations(self) -> list[str]:
        with psycopg.connect(self.url) as conn:
            rows = conn.execute(
                'select relation from ops.lifecycle where child is not null order by "position"'
            )
            return [relation for (relation,) in rows]


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def minute(ago: int, second: float = 0) -> datetime:
    """Returns an instant in the minute that began `ago` minutes before this one."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return now - timedelta(minutes=ago) + timedelta(seconds=second)


def at(text: str) -> datetime:
    """Returns an instant of 27 February 2026, a Friday, given as HH:MM[:SS[.ffffff]]."""
    return datetime.fromisoformat(f"2026-02-27T{text}+00:00")


def iso(instant: datetime) -> str:
    """Writes an instant of whole seconds as the API does."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


NOON = at("12:00:00")


def minutes(count: int, start: int = 0) -> list[Tick]:
    """Returns one tick per minute from noon on, priced by the number of the minute."""
    return [Tick(NOON + timedelta(minutes=start + n), str(start + n + 1)) for n in range(count)]
