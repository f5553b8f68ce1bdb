"""Alpha Vantage's intraday bars: the address of a request, and what its answer says.

Errors come as HTTP 200 too, with a text that may quote the key. Times are those of New York.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from ingest.formats.bar import SECONDS
from ingest.formats.bar_message import BarMessage
from ingest.sources.vendor_bars import LimitMet, NotGiven, has_ended, one_line

SOURCE = "alphavantage"
INTERVALS = {"1m": "1min", "5m": "5min", "15m": "15min", "30m": "30min", "1h": "60min"}
ZONES = ("US/Eastern", "America/New_York")
NEW_YORK = ZoneInfo("America/New_York")
LABEL = "%Y-%m-%d %H:%M:%S"
TEXTS = ("Error Message", "Information", "Note")
KEY = re.compile(r"(API key as )\S+")
# What its texts say of a limit, and how long to wait then: no page says when a day begins there.
SHORT_LIMIT = re.compile(r"per minute|per second|sparingly", re.IGNORECASE)
DAY_LIMIT = re.compile(r"per day|daily", re.IGNORECASE)
SHORT_SECONDS, DAY_SECONDS = 60.0, 3600.0


def url(base: str, symbol: str, interval: str, month: str, token: str) -> str:
    """Returns the address of the bars of a month, or without one of the last 30 days.

    It holds the token.
    """
    query = {
        "function": "TIME_SERIES_INTRADAY",
        "symbol": symbol,
        "interval": INTERVALS[interval],
        "adjusted": "false",  # else the prices of before a split are rewritten after it
        "extended_hours": "true",
        "outputsize": "full",
        "datatype": "json",
        **({"month": month} if month else {}),
        "apikey": token,
    }
    return f"{base.rstrip('/')}/query?{urlencode(query)}"


def read(
    body: bytes, symbol: str, interval: str, now: datetime, token: str = ""
) -> list[BarMessage]:
    """Returns the bars of an answer that have ended, oldest first.

    Numbers are left as they are: the loader reads and checks them. Raises LimitMet, NotGiven.
    """
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotGiven("the answer is not JSON") from None
    if not isinstance(answer, dict) or not answer:
        raise NotGiven("the answer is empty")
    for name in TEXTS:
        if name in answer:
            raise _refusal(name, str(answer[name]), token)
    series = answer.get(f"Time Series ({INTERVALS[interval]})")
    zone = _about(answer, "Time Zone")
    if not isinstance(series, dict) or zone not in ZONES:
        raise NotGiven(f"the answer has no bars of {INTERVALS[interval]} in New York's time")
    if str(_about(answer, "Symbol")).upper() != symbol.upper():
        raise NotGiven(f"the answer is about {one_line(repr(_about(answer, 'Symbol')))}")
    return sorted(_bars(series, symbol, interval, now), key=lambda bar: bar.bar_start)


def _refusal(name: str, text: str, token: str) -> LimitMet | NotGiven:
    line = one_line(KEY.sub(r"\1***", text), token)
    if name != "Error Message" and SHORT_LIMIT.search(line):
        return LimitMet(line, SHORT_SECONDS)
    if name != "Error Message" and DAY_LIMIT.search(line):
        return LimitMet(line, DAY_SECONDS)
    return NotGiven(line)


def _about(answer: Mapping[str, Any], key: str) -> Any:
    """Returns a field of the answer's head, in which names are numbered: `6. Time Zone`."""
    head = answer.get("Meta Data")
    return next(
        (value for name, value in (head or {}).items() if name.partition(". ")[2] == key), None
    )


def _bars(
    series: Mapping[str, Any], symbol: str, interval: str, now: datetime
) -> Iterator[BarMessage]:
    for label, row in series.items():
        try:
            local = datetime.strptime(label, LABEL).replace(tzinfo=NEW_YORK)
            numbers = [str(row[name]) for name in ("1. open", "2. high", "3. low", "4. close")]
            volume = str(row["5. volume"])
        except (ValueError, KeyError, TypeError):
            raise NotGiven(f"the bar {one_line(label)} cannot be read") from None
        start = local.astimezone(UTC)
        if has_ended(start, SECONDS[interval], now):
            yield BarMessage(
                source=SOURCE,
                symbol=symbol.upper(),
                interval=interval,  # type: ignore[arg-type]
                bar_start=start,
                open=numbers[0],
                high=numbers[1],
                low=numbers[2],
                close=numbers[3],
                volume=volume,
                final=True,
                received_at=now,
            )
