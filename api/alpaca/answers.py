"""Alpaca's answers: pages of bars, trades and quotes, the newest of each, and snapshots."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from litestar import Response
from litestar.datastructures import State

from api import compatible, page_token
from api.alpaca.parameters import Choice, Instant, Window
from api.answers import json_answer, reader
from api.errors import UnknownSymbol
from api.page_token import EventPosition, Position
from api.symbols import Named
from db import sql


class Kind(NamedTuple):
    """A kind of data: its name in the answers, and where a page of it ended."""

    many: str  # also the statement
    one: str
    position: type[Position] | type[EventPosition]


BARS = Kind("bars", "bar", Position)
TRADES = Kind("trades", "trade", EventPosition)
QUOTES = Kind("quotes", "quote", EventPosition)


class Asked(NamedTuple):
    """The symbols of a request, as sent, and those of which something is stored."""

    texts: list[str]
    named: list[Named]
    single: str | None = None  # the one in the path


async def symbols_of(state: State, texts: list[str], choice: Choice) -> Asked:
    """Returns the symbols in a parameter; raises InvalidParameter."""
    try:
        named = await state.symbols.resolve("symbols", texts, choice.venue)
    except UnknownSymbol:  # Alpaca's answer is empty
        named = []
    await _check(state, named, choice)
    return Asked(texts, named)


async def symbol_of(state: State, text: str, choice: Choice) -> Asked:
    """Returns the symbol of a path; raises InvalidParameter."""
    try:
        named = [await state.symbols.one("symbol", text)]
    except UnknownSymbol:
        named = []
    await _check(state, named, choice)
    return Asked([text], named, text)


async def page(
    state: State, kind: Kind, asked: Asked, window: Window, **of_bars: str
) -> Response[bytes]:
    """Returns a page of a window; `of_bars` has the timeframe and the adjustment of bars."""
    query = msgspec.json.encode([kind.many, asked.texts, of_bars, window.asked])
    after = window.page_token and page_token.read_as(kind.position, window.page_token, query)
    text, *last = await _fetch(
        state,
        kind.many,
        asked,
        is_live=window.end is None or window.end.ts > datetime.now(UTC),
        latest=False,
        **_bounds(kind, window.start, window.end),
        source=window.source,
        limit=window.limit,
        newest_first=window.newest_first,
        **_after(kind, after or None),
        **of_bars,
    )
    more = _next_token(kind, last, after or None, query)
    return _answer(asked, kind.many, text or "[]", f',"next_page_token":{more}')


async def latest(
    state: State, kind: Kind, asked: Asked, choice: Choice, **of_bars: str
) -> Response[bytes]:
    """Returns the newest of each symbol; raises UnknownSymbol if a single one has none."""
    text, *_ = await _fetch(
        state,
        kind.many,
        asked,
        is_live=True,
        latest=True,
        **_bounds(kind, None, None),
        source=choice.source,
        limit=1,
        newest_first=True,
        **_after(kind, None),
        **of_bars,
    )
    if text is None:
        raise UnknownSymbol(f"no {kind.one} found for {asked.single}", "symbol")
    return _answer(asked, kind.one if asked.single else kind.many, text)


async def snapshots(
    state: State, asked: Asked, choice: Choice, member: str | None = None
) -> Response[bytes]:
    """Returns the snapshots of symbols, in a member of the answer or as the answer itself.

    Raises UnknownSymbol if there is none of a single symbol.
    """
    text, *_ = await _fetch(state, "snapshots", asked, is_live=True, source=choice.source)
    if text is None:
        raise UnknownSymbol(f"no snapshot found for {asked.single}", "symbol")
    if asked.single:
        return json_answer(f'{{"symbol":{_quoted(asked.single)},{text[1:]}')
    return json_answer(text if member is None else f'{{"{member}":{text}}}')


async def _fetch(
    state: State, statement: str, asked: Asked, *, is_live: bool, **values: object
) -> tuple[Any, ...]:
    """Returns the row of a statement, whose first column is what the members of a name hold."""
    if not asked.named:
        return (None,) if asked.single else ("{}",)
    fetch = reader(state).fetch_live_row if is_live else reader(state).fetch_row
    row = await fetch(
        sql.load("api.alpaca", statement),
        symbols=[one.symbol for one in asked.named],
        names=[one.asked for one in asked.named],
        single=asked.single is not None,
        **values,
    )
    assert row is not None
    return row


async def _check(state: State, named: list[Named], choice: Choice) -> None:
    symbols = [one.symbol for one in named]
    await compatible.check(state, symbols, choice.feed, choice.asof, choice.currency)


def _bounds(kind: Kind, start: Instant | None, end: Instant | None) -> dict[str, Any]:
    """Returns the parameters of a statement that say where a window begins and ends."""
    if kind is BARS:  # they begin with whole microseconds
        return {
            "start": start.rounded_up if start else "-infinity",
            "end": end.rounded_up if end else "infinity",
        }
    return {
        "start": start.ts if start else "-infinity",
        "start_ns": start.ns if start else 0,
        "end": end.ts if end else "infinity",
        "end_ns": end.ns if end else 0,
    }


def _after(kind: Kind, position: Position | EventPosition | None) -> dict[str, Any]:
    """Returns the parameters of a statement that say where a page begins."""
    return {
        f"after_{name}": position and getattr(position, name)
        for name in kind.position.__struct_fields__
    }


def _next_token(
    kind: Kind, last: list[Any], after: Position | EventPosition | None, query: bytes
) -> str:
    """Returns the token of the next page as JSON; null if this page is the last."""
    if not last or last[0] is None:
        return "null"
    position = kind.position(*last)
    if isinstance(position, EventPosition) and isinstance(after, EventPosition):
        position = position.counted(after)
    return f'"{page_token.write(position, query)}"'


def _answer(asked: Asked, member: str, text: str, rest: str = "") -> Response[bytes]:
    symbol = f'"symbol":{_quoted(asked.single)},' if asked.single is not None else ""
    return json_answer(f'{{{symbol}"{member}":{text}{rest}}}')


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
