"""Candles worked out in Python, by the oracle, from what falls into each bucket of a timeframe."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests import oracle
from tests.oracle import Quote, Trade

MONDAY = datetime(2000, 1, 3, tzinfo=UTC)
ALL_TIME = timedelta(days=99999)

Start = Callable[[datetime], datetime]

# The columns of market.candles() beside symbol and source; quotients follow from the others.
COLUMNS = "bucket, open, high, low, close, volume, vwap_volume, notional, tick_count"


def every(**width: float) -> Start:
    """Returns the function from a time to the start of its bucket, counted from that Monday."""
    step = timedelta(**width)
    return lambda ts: MONDAY + (ts - MONDAY) // step * step


def every_months(number: int) -> Start:
    """Returns the same for calendar months, counted from January 2000."""

    def start(ts: datetime) -> datetime:
        years, months = divmod((12 * (ts.year - 2000) + ts.month - 1) // number * number, 12)
        return datetime(2000 + years, months + 1, 1, tzinfo=UTC)

    return start


def week(ts: datetime) -> datetime:
    """Returns the Monday of a time's week by the calendar."""
    monday = ts.date() - timedelta(days=ts.weekday())
    return datetime(monday.year, monday.month, monday.day, tzinfo=UTC)


def trades(events: Iterable[Trade], start: Start) -> list[tuple[Any, ...]]:
    """Returns the candles of the trades of one instrument."""
    return [
        (bucket, *candle[3:11])
        for bucket, found in _buckets(events, start)
        for candle in oracle.trade_candles(found, ALL_TIME)
    ]


def quotes(events: Iterable[Quote], start: Start, price: str) -> list[tuple[Any, ...]]:
    """Returns the candles of one price of the quotes of one instrument, and their mean spread."""
    return [
        (
            bucket,
            *(getattr(candle, f"{price}_{name}") for name in ("open", "high", "low", "close")),
            getattr(candle, f"{price}_volume", None),
            None,
            None,
            candle.quote_count,
            candle.spread_sum and candle.spread_sum / candle.spread_count,
        )
        for bucket, found in _buckets(events, start)
        for candle in oracle.quote_candles(found, ALL_TIME)
        if getattr(candle, f"{price}_open") is not None
    ]


def _buckets(events: Iterable[Any], start: Start) -> list[tuple[datetime, list[Any]]]:
    """Groups events by bucket, as if all had one symbol."""
    found = defaultdict(list)
    for event in events:
        found[start(event.ts)].append(event._replace(symbol="", source=""))
    return sorted(found.items())


def rounded(rows: Iterable[tuple[Any, ...]], digits: int = 12) -> list[tuple[Any, ...]]:
    """Returns rows whose numbers are rounded, of quotients without an end."""
    return [
        tuple(round(value, digits) if isinstance(value, Decimal) else value for value in row)
        for row in rows
    ]
