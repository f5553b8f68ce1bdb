"""Candles worked out in plain Python from a list of events, one bucket at a time.

It shares no code with the product and uses neither SQL nor a hierarchy of levels: every level is
made from the events themselves.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from functools import partial
from typing import NamedTuple

ORIGIN = datetime(2000, 1, 3, tzinfo=UTC)  # a Monday
MICROSECOND = timedelta(microseconds=1)
EXACTLY = partial(localcontext, prec=200)  # digits, more than any sum of the tests has


class Trade(NamedTuple):
    """A trade; `moves` as in market.trades, without rules everything."""

    ts: datetime
    price: Decimal
    size: Decimal | None = Decimal(1)
    seq: int = 0
    tick_id: str | None = None
    ns: int = 0
    moves: int = 221
    symbol: str = "AAPL"
    source: str = "sim"


class Quote(NamedTuple):
    """A quote; `moves` as in market.quotes."""

    ts: datetime
    bid: Decimal | None
    ask: Decimal | None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    seq: int = 0
    tick_id: str | None = None
    ns: int = 0
    moves: int = 7
    symbol: str = "AAPL"
    source: str = "sim"


class TradeCandle(NamedTuple):
    """A bar of trades; vwap is notional by vwap_volume."""

    bucket: datetime
    symbol: str
    source: str
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal | None
    volume: Decimal | None
    vwap_volume: Decimal | None
    notional: Decimal | None
    tick_count: int
    has_regular: bool


class QuoteCandle(NamedTuple):
    """A bar of quotes; mean_spread is spread_sum by spread_count."""

    bucket: datetime
    symbol: str
    source: str
    bid_open: Decimal | None
    bid_high: Decimal | None
    bid_low: Decimal | None
    bid_close: Decimal | None
    ask_open: Decimal | None
    ask_high: Decimal | None
    ask_low: Decimal | None
    ask_close: Decimal | None
    mid_open: Decimal | None
    mid_high: Decimal | None
    mid_low: Decimal | None
    mid_close: Decimal | None
    bid_volume: Decimal | None
    ask_volume: Decimal | None
    spread_sum: Decimal | None
    spread_count: int
    quote_count: int


def trade_candles(
    trades: Iterable[Trade], width: timedelta, *, daily: bool = False
) -> list[TradeCandle]:
    """Returns the bars of a width by bucket, symbol and source; `daily` takes the daily rule.

    There is none of a bucket whose trades move nothing.
    """
    shift = 4 if daily else 0
    moving = [trade for trade in trades if trade.moves >> shift & 15]
    with EXACTLY():
        return [
            _trade_candle(key, [(trade, trade.moves >> shift) for trade in _in_order(bucket)])
            for key, bucket in _buckets(moving, width)
        ]


def quote_candles(quotes: Iterable[Quote], width: timedelta) -> list[QuoteCandle]:
    """Returns the bars of bids, asks and mids of a width by bucket, symbol and source.

    There is none of a bucket whose quotes move nothing.
    """
    moving = [quote for quote in quotes if quote.moves]
    with EXACTLY():
        return [_quote_candle(key, _in_order(bucket)) for key, bucket in _buckets(moving, width)]


def stored_once(delivered: Iterable[Trade], scoped: Iterable[str]) -> list[Trade]:
    """Returns what stays of trades delivered in this order; `scoped` sources have ids that count.

    Of two with one identity the first stays. Of a scoped source, a trade whose time is that of
    another with its id, cut to whole seconds, milliseconds or microseconds, is that other one.
    """
    known: dict[object, Trade] = {}
    for number, trade in enumerate(delivered):
        identity = (trade.symbol, trade.source, trade.ts, trade.tick_id)
        known.setdefault(number if trade.tick_id is None else identity, trade)
    times = defaultdict(set)
    for trade in known.values():
        times[trade.symbol, trade.source, trade.tick_id].add(_nanoseconds(trade))
    scopes = set(scoped)
    return [
        trade
        for trade in known.values()
        if trade.source not in scopes
        or trade.tick_id is None
        or not _is_cut(_nanoseconds(trade), times[trade.symbol, trade.source, trade.tick_id])
    ]


def _nanoseconds(event: Trade | Quote) -> int:
    return (event.ts - ORIGIN) // MICROSECOND * 1000 + event.ns


def _is_cut(time: int, times: set[int]) -> bool:
    units = (10**9, 10**6, 10**3)
    return any(finer != time and time in {finer // u * u for u in units} for finer in times)


def _buckets(events, width):
    """Gives ((bucket, symbol, source), events) sorted."""
    buckets = defaultdict(list)
    for event in events:
        start = ORIGIN + (event.ts - ORIGIN) // width * width
        buckets[start, event.symbol, event.source].append(event)
    return sorted(buckets.items())


def _in_order(events):
    """Sorts by (ts, ns, seq, tick_id); an event without an id comes after those with one."""
    return sorted(
        events,
        key=lambda event: (
            event.ts,
            event.ns,
            event.seq,
            event.tick_id is None,
            (event.tick_id or "").encode(),
        ),
    )


def _trade_candle(key, moved) -> TradeCandle:
    always = [trade.price for trade, moves in moved if moves & 1]
    if_first = [trade.price for trade, moves in moved if moves & 2]
    prices = [trade.price for trade, moves in moved if moves & 4]
    counted = [trade.size for trade, moves in moved if moves & 8]
    weighed = [
        (trade.price, trade.size)
        for trade, moves in moved
        if moves & 4 and moves & 8 and trade.size is not None
    ]
    return TradeCandle(
        *key,
        open=(always or if_first or [None])[0],
        high=max(prices, default=None),
        low=min(prices, default=None),
        close=always[-1] if always else (if_first or [None])[0],
        volume=_sum(counted),
        vwap_volume=_sum(size for _, size in weighed),
        notional=_sum(price * size for price, size in weighed),
        tick_count=len(counted),
        has_regular=bool(always),
    )


def _quote_candle(key, quotes) -> QuoteCandle:
    bids = [quote.bid for quote in quotes if quote.moves & 1]
    asks = [quote.ask for quote in quotes if quote.moves & 2]
    both = [quote for quote in quotes if quote.moves & 4]
    mids = [(quote.bid + quote.ask) / 2 for quote in both]
    return QuoteCandle(
        *key,
        *_points(bids),
        *_points(asks),
        *_points(mids),
        bid_volume=_sum(quote.bid_size for quote in quotes if quote.moves & 1),
        ask_volume=_sum(quote.ask_size for quote in quotes if quote.moves & 2),
        spread_sum=_sum(quote.ask - quote.bid for quote in both),
        spread_count=len(both),
        quote_count=len(quotes),
    )


def _points(prices):
    """Returns open, high, low, close."""
    return (prices[0], max(prices), min(prices), prices[-1]) if prices else (None,) * 4


def _sum(numbers) -> Decimal | None:
    """Returns the sum of those that are there, None of none."""
    there = [number for number in numbers if number is not None]
    return sum(there, Decimal(0)) if there else None
