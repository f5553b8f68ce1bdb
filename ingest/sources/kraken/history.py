"""Kraken's REST call for trades of the past: any symbol, from any time on, a thousand at a time.

https://docs.kraken.com/api/docs/rest-api/get-recent-trades
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from ingest.feed.frames import UNREADABLE
from ingest.feed.history import Gap, Rest, VenueFailed
from ingest.feed.texts import line
from ingest.formats import fields
from ingest.formats.fields import Malformed
from ingest.formats.native_message import TickMessage
from ingest.sources.kraken.ticks import SOURCE, pair_of, symbol_of

URL = "https://api.kraken.com"
PAUSE_SECONDS = 1.0  # the limit is per address, and not published
PAGE = 1000
LEGACY = {"BTC": "XBT", "DOGE": "XDG"}  # names of currencies that this call wants
SIDES = {"b": "buy", "s": "sell"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# The call writes times as doubles with seven decimals. Nanoseconds made a double and divided lose
# up to 0.13 us, again 0.12 us, and 0.05 us to the decimals: a whole microsecond may become less.
LOST = Decimal("0.0000003")  # seconds
MARGIN = timedelta(milliseconds=1)


class Row(NamedTuple):
    """A trade as the call gives it."""

    price: Decimal
    qty: Decimal
    time: Decimal  # seconds
    side: str
    order_type: str
    misc: str
    trade_id: int


class Answer(msgspec.Struct):
    error: list[str] = []
    result: dict[str, msgspec.Raw] = {}


_answers = msgspec.json.Decoder(Answer)
_rows = msgspec.json.Decoder(list[Row])


def trades(rest: Rest, gap: Gap) -> Iterator[TickMessage]:
    """Yields the trades from before a gap's start to behind its end; raises VenueFailed.

    Their times can differ from the WebSocket's below a microsecond: they are told by their ids.
    """
    pair = "".join(LEGACY.get(one, one) for one in pair_of(gap.symbol).split("/"))
    since = _ns(gap.since - MARGIN)
    end = gap.until + MARGIN
    before: list[Row] = []
    while True:
        params = {"pair": pair, "since": str(since), "count": str(PAGE)}
        rows, last = _page(rest.get("/0/public/Trades", params), gap.symbol)
        for row in rows:
            time = EPOCH + int((row.time + LOST) * 1_000_000) * MICROSECOND
            if time > end:
                return
            yield _message(row, symbol_of(pair_of(gap.symbol)), time)
        if not rows or (last <= since and len(rows) < PAGE):
            return
        if rows == before or last <= since:
            raise VenueFailed(f"Kraken gives the same trades of {gap.symbol} again and again")
        # also behind a short page: only an empty one, or one that goes no further, is the last
        since, before = last, rows


def _page(body: bytes, symbol: str) -> tuple[list[Row], int]:
    """Returns the rows of an answer and where the next page begins."""
    try:
        answer = _answers.decode(body)
        if answer.error:
            raise VenueFailed(f"Kraken answers about {symbol}: {line(', '.join(answer.error))}")
        last = int(msgspec.json.decode(answer.result.pop("last"), type=str))
        [rows] = answer.result.values()
        found = _rows.decode(rows)
        for row in found:
            _check(row)
    except (*UNREADABLE, KeyError, ValueError, Malformed) as error:
        reason = line(str(error))
        raise VenueFailed(f"Kraken's answer about {symbol} cannot be read: {reason}") from None
    return found, last


def _check(row: Row) -> None:
    """Raises Malformed for what no loader stores."""
    values = row._asdict()
    fields.price(values, "price")
    fields.size(values, "qty")
    fields.time(values, "time")
    fields.sequence(values, "trade_id")


def _message(row: Row, symbol: str, time: datetime) -> TickMessage:
    side: Any = SIDES.get(row.side, msgspec.UNSET)
    return TickMessage(
        kind="trade",
        source=SOURCE,
        symbol=symbol,
        event_time=time,
        price=format(row.price, "f"),
        size=format(row.qty, "f"),
        side=side,
        seq=row.trade_id,
        dedupe_id=str(row.trade_id),
        flags=("backfill",),
    )


def _ns(time: datetime) -> int:
    return (time - EPOCH) // MICROSECOND * 1000
