"""Asks venues for their own candles, through ccxt: exactly, a page at a time.

Pages are stretches of time and not chains of answers: some venues leave out buckets without trades,
and some give the newest of what was asked for.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import msgspec

from db.errors import UsageError
from ingest.feed.history import VenueFailed
from ingest.klines.kline import Asked, Given, Kline
from ingest.sources.kraken.ticks import pair_of

TRIES = 3
RETRY_MS = 1000
PAIR = re.compile("[^/]+/[^/]+")
KINDS = ("linear", "inverse")
PERPETUAL = ".P"  # ends our symbols of swaps that have the id of a spot market


def _by_id(market: dict[str, Any]) -> str:
    return str(market["id"])


def _kraken(market: dict[str, Any]) -> str:
    # ccxt renames some currencies: its LUNA/USD is another pair than Kraken's.
    name = str(market["info"].get("wsname"))
    return pair_of(name) if PAIR.fullmatch(name) else ""


class Venue(msgspec.Struct, frozen=True):
    """A venue as it answers; its name is ccxt's and that of our source."""

    page: int  # most candles of an answer
    types: tuple[str, ...] = ()  # of markets, in the venue's words, where ccxt asks for each
    name_of: Callable[[dict[str, Any]], str] = _by_id  # what its symbol says of a market
    newest_only: bool = False  # whether it gives the newest page only, whatever is asked for
    takes_until: bool = True
    contracts: bool = False  # whether trades of derivatives count contracts, and candles coins


VENUES = {
    "kraken": Venue(720, name_of=_kraken, newest_only=True, takes_until=False),
    "binance": Venue(1000, ("spot",)),
    "coinbase": Venue(300),
    "bybit": Venue(1000, ("spot", "linear", "inverse")),
    # 300 of the newest day, 100 of what is older
    "okx": Venue(100, ("spot", "swap", "future"), contracts=True),
}

Advance = Callable[[int], None]


def pages_of(venue: str, asked: Asked) -> int:
    """Returns how many requests for candles a stretch takes."""
    if VENUES[venue].newest_only:
        return 1
    return -((asked.since - asked.until) // (VENUES[venue].page * asked.width))


class Client:
    """ccxt's client of one venue, which learns its markets with the first request."""

    def __init__(self, venue: str, url: str = "") -> None:
        """Raises UsageError if ccxt is missing, or for a URL that is none."""
        ccxt = _ccxt()
        self._errors: type[Exception] = ccxt.BaseError
        self._name, self._venue = venue, VENUES[venue]
        self._exchange = getattr(ccxt, venue)(
            {
                "number": str,
                "requests_trust_env": True,
                "options": {
                    "maxRetriesOnFailure": TRIES - 1,
                    "maxRetriesOnFailureDelay": RETRY_MS,
                },
            }
        )
        self._exchange.has["fetchCurrencies"] = False  # needs several more requests
        if self._venue.types:
            self._exchange.options["fetchMarkets"] = {"types": list(self._venue.types)}
        if url:
            self._exchange.urls["api"] = _moved(self._exchange.urls["api"], url.rstrip("/"))
        self._markets: list[dict[str, Any]] | None = None

    def close(self) -> None:
        self._exchange.session.close()

    def ask(self, asked: Asked, now: datetime, advance: Advance) -> Given:
        """Returns the venue's candles of a symbol of ours, BINANCE:BTCUSDT.

        `now` bounds how far back a venue reaches that gives the newest only. Raises VenueFailed, or
        UsageError for a symbol or timeframe that the venue does not have.
        """
        market = self._market(asked.symbol, asked.source.partition(".")[2])
        if asked.timeframe not in self._exchange.timeframes:
            known = ", ".join(self._exchange.timeframes)
            raise UsageError(f"{self._name} has no candles of {asked.timeframe}, but of {known}")
        since = self._since(asked, now)
        found: dict[datetime, Kline] = {}
        for start, end in self._stretches(since, asked):
            for row in self._page(market["symbol"], asked.timeframe, start, end):
                kline = _kline(row)
                if start <= kline.bucket < end:
                    found[kline.bucket] = kline
            advance(1)
        if self._venue.newest_only and since > asked.since:
            since = min(found, default=since)
        if not found:
            raise VenueFailed(f"{self._name} gave no candle of this range")
        has_volume = not self._venue.contracts or bool(market["spot"])
        return Given(found, since, asked.until, has_volume)

    def _since(self, asked: Asked, now: datetime) -> datetime:
        if not self._venue.newest_only:
            return asked.since
        running = now - (now - asked.since) % asked.width
        oldest = running - (self._venue.page - 1) * asked.width
        return min(max(asked.since, oldest), asked.until)

    def _stretches(self, since: datetime, asked: Asked) -> Iterator[tuple[datetime, datetime]]:
        step = self._venue.page * asked.width
        while since < asked.until:
            yield since, min(since + step, asked.until)
            since += step

    def _page(self, symbol: str, timeframe: str, start: datetime, end: datetime) -> list[list[Any]]:
        # One millisecond less: an end that is included would be one candle too many.
        params = {"until": _ms(end) - 1} if self._venue.takes_until else {}
        rows: list[list[Any]] = self._call(
            lambda: self._exchange.fetch_ohlcv(
                symbol, timeframe, _ms(start), self._venue.page, params
            )
        )
        return rows

    def _market(self, symbol: str, kind: str) -> dict[str, Any]:
        """Returns the market that a symbol names, the spot market if a swap has the same id.

        `kind` is that of a source that has the others: linear or inverse.
        """
        if self._markets is None:
            self._markets = list(self._call(self._exchange.load_markets).values())
        name = symbol.partition(":")[2]
        pair = name.removesuffix(PERPETUAL)
        found = [one for one in self._markets if self._venue.name_of(one) == pair]
        if kind in KINDS:
            found = [one for one in found if one[kind]]
        if pair != name:
            found = [one for one in found if one["swap"]]
        if not found:
            which = f"{kind} market" if kind in KINDS else "market"
            raise UsageError(f"{self._name} has no {which} {name or symbol}")
        return max(found, key=lambda one: bool(one["spot"]))

    def _call(self, function: Callable[[], Any]) -> Any:
        try:
            return function()
        except self._errors as error:
            text = " ".join(str(error).split())[:300]
            raise VenueFailed(f"{self._name} failed: {type(error).__name__}: {text}") from error


def _kline(row: list[Any]) -> Kline:
    bucket = datetime.fromtimestamp(row[0] // 1000, UTC)
    return Kline(bucket, *(None if cell is None else Decimal(cell) for cell in row[1:6]))


def _ms(time: datetime) -> int:
    return int(time.timestamp()) * 1000


def _moved(urls: Any, url: str) -> Any:
    """Returns the addresses of an API, with their paths, on another server."""
    if isinstance(urls, dict):
        return {name: _moved(one, url) for name, one in urls.items()}
    return f"{url}{urlsplit(str(urls)).path}"


def _ccxt() -> Any:
    try:
        import ccxt
    except ImportError as error:
        raise UsageError("the library ccxt is missing: pip install 'stockpulse[venues]'") from error
    return ccxt
