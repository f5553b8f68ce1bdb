"""Yahoo's intraday bars, through the library yfinance, which is an optional dependency.

Prices are floats of 32 bits, which have seven digits; times and zones are the library's.
"""

import importlib
import logging
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from db.errors import UsageError
from ingest.formats.bar import SECONDS
from ingest.formats.bar_message import BarMessage
from ingest.sources.vendor_bars import LimitMet, NotGiven, has_ended, one_line

SOURCE = "yahoo"
INTERVALS = ("1m", "5m", "15m", "30m")
REACH = {"1m": timedelta(days=30)}
LONGEST_REACH = timedelta(days=60)  # of the other intervals
AT_ONCE = timedelta(days=7)  # more of 1m is refused
LIMIT_SECONDS = 900.0
# Stocks of the United States have no venue before them; Yahoo writes classes with a dash.
US_STOCK = re.compile(r"[A-Z]{1,5}(?:-[A-Z])?")


@cache
def library() -> Any:
    """Returns the library; raises UsageError if it is not installed."""
    try:
        found = importlib.import_module("yfinance")
    except ImportError:
        raise UsageError(
            "the library yfinance is missing: pip install 'stockpulse[yahoo]'"
        ) from None
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)  # it reports what it also raises
    found.set_tz_cache_location(_directory().name)
    found.config.debug.hide_exceptions = False
    return found


@cache
def _directory() -> "tempfile.TemporaryDirectory[str]":
    """Returns a directory for the library's cookies, which is removed when the process ends."""
    return tempfile.TemporaryDirectory(prefix="stockpulse-yahoo-")


def symbol_of(ticker: str) -> str:
    """Returns the symbol of a ticker: AAPL, BRK.B, YAHOO:BTC-USD, YAHOO:TSCO.L."""
    return ticker.replace("-", ".") if US_STOCK.fullmatch(ticker) else f"YAHOO:{ticker}"


def ticker_of(symbol: str) -> str:
    """Returns the ticker of a symbol, or of a ticker: BRK.B is BRK-B at Yahoo."""
    ticker = symbol.strip().upper().removeprefix("YAHOO:")
    return re.sub(r"^([A-Z]{1,5})\.([AB])$", r"\1-\2", ticker)


def spans(since: datetime, now: datetime) -> list[tuple[datetime, datetime]]:
    """Returns the ranges to ask for one by one, the newest first."""
    found = []
    until = now
    while until > since:
        found.append((max(since, until - AT_ONCE), until))
        until -= AT_ONCE
    return found


def fetch(
    yfinance: Any, ticker: str, interval: str, since: datetime, now: datetime
) -> list[BarMessage]:
    """Returns the bars of one ticker that have ended, oldest first.

    Bars before a split are left out: Yahoo has rewritten them at the new terms. Raises LimitMet,
    NotGiven if there is not one bar.
    """
    bars: list[BarMessage] = []
    reasons = []
    for start, end in spans(since, now):
        try:
            frame = _ask(yfinance, ticker, interval, start, end)
        except yfinance.exceptions.YFRateLimitError as error:
            raise LimitMet("Yahoo takes no more requests for now", LIMIT_SECONDS) from error
        except yfinance.exceptions.YFTickerMissingError as error:
            reasons.append(one_line(str(error)))  # maybe a week without trading
            continue
        rows, is_cut = _behind_splits(list(_rows(frame)))
        bars += _bars(rows, ticker, interval, now)
        if is_cut:
            break
    if not bars:
        raise NotGiven(reasons[0] if reasons else "no bar has ended yet")
    return sorted(bars, key=lambda bar: bar.bar_start)


def _ask(yfinance: Any, ticker: str, interval: str, start: datetime, end: datetime) -> Any:
    try:
        return yfinance.Ticker(ticker).history(
            interval=interval, start=start, end=end, prepost=False, auto_adjust=False
        )
    except yfinance.exceptions.YFException:
        raise
    except Exception as error:  # of the library, of its own HTTP client, of what it cannot read
        raise NotGiven(one_line(f"{type(error).__name__}: {error}")) from error


Row = tuple[datetime, dict[str, Any]]


def _rows(frame: Any) -> Iterator[Row]:
    for time, row in zip(frame.index, frame.to_dict("records"), strict=True):
        yield time.to_pydatetime().astimezone(UTC), row


def _behind_splits(rows: list[Row]) -> tuple[list[Row], bool]:
    """Returns the rows from the last split on, and whether there was one."""
    for place in reversed(range(len(rows))):
        if rows[place][1].get("Stock Splits"):
            return rows[place:], True
    return rows, False


def _bars(rows: list[Row], ticker: str, interval: str, now: datetime) -> Iterator[BarMessage]:
    seconds = SECONDS[interval]
    for start, row in rows:
        prices = [row[name] for name in ("Open", "High", "Low", "Close")]
        is_hole = any(price != price for price in prices)  # NaN
        # the last row may be the latest price alone, at its own second
        is_on_grid = start.timestamp() % seconds == 0
        if is_on_grid and not is_hole and has_ended(start, seconds, now):
            texts = [_text(price) for price in prices]
            yield BarMessage(
                source=SOURCE,
                symbol=symbol_of(ticker),
                interval=interval,  # type: ignore[arg-type]
                bar_start=start,
                open=texts[0],
                high=texts[1],
                low=texts[2],
                close=texts[3],
                volume=str(int(row["Volume"])),
                final=True,
                received_at=now,
            )


def _text(price: float) -> str:
    """Returns the seven digits that a float of 32 bits has: 189.72 of 189.72000122070312."""
    return format(Decimal(f"{price:.7g}"), "f")
