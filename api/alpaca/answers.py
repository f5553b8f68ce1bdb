"""Alpaca's answers: pages of bars, trades and quotes, the newest of each, and snapshots."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from litestar import Response
from litestar.datastructures import State

from api import compatible, page_token
from api.alpaca.parameters import Choice, Instant, Window
from api.answers import json_answer, reader
from api.archived import bar_needs
from api.archived.answers import archive
from api.archived.archive import whole_row
from api.errors import UnknownSymbol
from api.flights import Row
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
    if not asked.named:
        return _answer(asked, kind.many, "[]" if asked.single else "{}", ',"next_page_token":null')
    values = {
        **_names(asked),
        **_bounds(kind, window.start, window.end),
        **_after(kind, after or None),
        **of_bars,
        "latest": False,
        "source": window.source,
        "limit": window.limit,
        "newest_first": window.newest_first,
    }
    live = window.end is None or window.end.ts > datetime.now(UTC)
    text, *rest = await _page(state, kind, values, live=live)
    last = rest[-len(kind.position.__struct_fields__) :]
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
    text, *_ = await _fetch(state, "snapshots", asked, source=choice.source)
    if text is None:
        raise UnknownSymbol(f"no snapshot found for {asked.single}", "symbol")
    if asked.single:
        return json_answer(f'{{"symbol":{_quoted(asked.single)},{text[1:]}')
    return json_answer(text if member is None else f'{{"{member}":{text}}}')


async def _page(state: State, kind: Kind, values: dict[str, Any], *, live: bool) -> Row:
    """Returns the row of a page over the database and the archive; raises ArchivedOnly."""
    statement = sql.load("api.alpaca", kind.many)
    if kind is BARS:
        timeframe = values["timeframe"]
        bars = bar_needs.plain(state.timeframes.level_of(timeframe), timeframe)
        values |= {"share": "in turn", "price": None}
        return whole_row(await archive(state).bars(bars, statement, values, live=live))
    values |= {"newest": False, "descending": values["newest_first"]}
    return whole_row(await archive(state).events(kind.many, statement, values, live=live))


async def _fetch(state: State, statement: str, asked: Asked, **values: object) -> Row:
    """Returns the row of a statement, whose first column is what the members of a name hold."""
    if not asked.named:
        return (None,) if asked.single else ("{}",)
    row = await reader(state).fetch_live_row(
        sql.load("api.alpaca", statement), **_names(asked), **values
    )
    assert row is not None
    return row


def _names(asked: Asked) -> dict[str, Any]:
    """Returns the parameters of a statement that say which symbols are asked for."""
    return {
        "symbols": [one.symbol for one in asked.named],
        "names": [one.asked for one in asked.named],
        "single": asked.single is not None,
    }


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
