"""Alpaca's trades and quotes of the past over HTTP, up to 10,000 per page.

https://docs.alpaca.markets/reference/stocktrades-1
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from ingest.feed import native, native_amendments, past
from ingest.feed.frames import UNREADABLE
from ingest.feed.history import Gap, Rest, VenueFailed
from ingest.feed.texts import line
from ingest.formats.amendments import Cancel
from ingest.formats.events import Quote, Trade
from ingest.formats.fields import Malformed, Payload
from ingest.formats.native_message import TickMessage
from ingest.formats.times import MICROSECOND, rfc3339
from ingest.sources.alpaca.events import VENUE, event_of

URL = "https://data.alpaca.markets"
PAUSE_SECONDS = 0.4  # 200 requests per minute with a free plan
PAGE = "10000"
# The stream with a delay and the one without have one history.
FEEDS = {"": "iex", "delayed_sip": "sip"}
# Of a trade that was cancelled, and of the original of one that was corrected, which comes too.
DEAD = ("canceled", "incorrect")

Items = dict[str, list[dict[str, Any]] | None] | None | UnsetType


class Page(msgspec.Struct):
    """A part of an answer; what was asked for is there, null if there is nothing."""

    trades: Items = UNSET
    quotes: Items = UNSET
    next_page_token: str | None = None


_pages = msgspec.json.Decoder(Page, float_hook=Decimal)


def trades(rest: Rest, gap: Gap) -> Iterator[TickMessage]:
    """Yields the trades within a gap, and cancels of those that were cancelled since.

    Raises VenueFailed, GapStays.
    """
    for item in _items(rest, gap, "trades"):
        yield _tick(item | {"T": "t"}, gap)


def quotes(rest: Rest, gap: Gap) -> Iterator[TickMessage]:
    """Yields the quotes within a gap; raises VenueFailed, GapStays."""
    for item in _items(rest, gap, "quotes"):
        yield _tick(item | {"T": "q"}, gap)


def _items(rest: Rest, gap: Gap, kind: str) -> Iterator[Payload]:
    """Yields the items of all pages."""
    past.check_age(gap)
    name = gap.symbol.removeprefix(VENUE)
    params = {
        "symbols": name,
        "start": rfc3339(gap.since),
        "end": rfc3339(gap.until + MICROSECOND),
        "limit": PAGE,
    }
    if name == gap.symbol:
        path = f"/v2/stocks/{kind}"
        params["feed"] = FEEDS.get(rest.feed, rest.feed)
    else:
        path = f"/v1beta3/crypto/us/{kind}"
    tokens: set[str] = set()
    before = None
    while True:
        page = _page(rest.get(path, params), kind, name)
        items = (getattr(page, kind) or {}).get(name) or []
        if items == before or page.next_page_token in tokens:
            raise VenueFailed(f"Alpaca gives the same {kind} of {name} again and again")
        for item in items:
            yield item | {"S": name}
        if not page.next_page_token:
            return
        tokens.add(page.next_page_token)
        before = items
        params["page_token"] = page.next_page_token


def _page(body: bytes, kind: str, name: str) -> Page:
    try:
        page = _pages.decode(body)
    except (*UNREADABLE, ArithmeticError) as error:
        raise _unreadable(name, str(error)) from None
    if getattr(page, kind) is UNSET:
        raise _unreadable(name, f"it has no {kind}")
    return page


def _tick(item: Payload, gap: Gap) -> TickMessage:
    try:
        event = event_of(item)
        if isinstance(event, Trade) and item.get("u") in DEAD and event.tick_id:
            return native_amendments.cancel_tick(_cancel(event, event.tick_id), flags=("backfill",))
        assert isinstance(event, Trade | Quote)
        return native.tick(event, flags=("backfill",))
    except (Malformed, RecursionError) as error:
        raise _unreadable(gap.symbol, str(error)) from None


def _cancel(trade: Trade, id_: str) -> Cancel:
    return Cancel(
        trade.us, trade.ns, trade.symbol, trade.source, "trade", id_, exchange=trade.exchange
    )


def _unreadable(name: str, reason: str) -> VenueFailed:
    return VenueFailed(f"Alpaca's answer about {name} cannot be read: {line(reason)}")
