"""Writes ticks to the database under test as the loader does, and stores their candles."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import psycopg

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Tick(NamedTuple):
    """One tick: time, price, size."""

    ts: datetime
    price: str
    size: str | None = "1"


class Store:
    """A writer of ticks."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = itertools.count()

    def ticks(self, symbol: str, ticks: Iterable[Tick], source: str = "sim") -> None:
        """Stores ticks and adds their symbol to the instruments."""
        rows = [
            (
                tick.ts,
                symbol,
                source,
                Decimal(tick.price),
                None if tick.size is None else Decimal(tick.size),
                str(number := next(self._numbers)),
                ((tick.ts - EPOCH) // MICROSECOND << 12) | (number & 4095),
            )
            for tick in ticks
        ]
        with psycopg.connect(self.url) as conn, conn.cursor() as cursor:
            cursor.execute(
                "insert into market.instruments (symbol) values (%s) on conflict do nothing",
                (symbol,),
            )
            with cursor.copy(
                "copy market.ticks (ts, symbol, source, price, size, tick_id, ord) from stdin"
            ) as copy:
                for row in rows:
                    copy.write_row(row)

    def execute(self, statement: str) -> None:
        """Runs one statement outside of a transaction."""
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(statement)  # type: ignore[arg-type]

    def make_candles(self, edition: str) -> None:
        """Stores the candles of all ticks so far, at every level."""
        if edition == "apache":
            self.execute("insert into ops.candle_changes values (null, '2000-01-01', '2100-01-01')")
            self.execute("call market.refresh_candles()")
            return
        for level in self._levels():
            self.execute(
                f"call refresh_continuous_aggregate('market.candles_{level}', null, now(),"
                """ options => '{"buckets_per_batch": 0}')"""
            )

    def _levels(self) -> list[str]:
        with psycopg.connect(self.url) as conn:
            rows = conn.execute(
                'select level from ops.lifecycle where child is not null order by "position"'
            )
            return [level for (level,) in rows]


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
