"""Trades and quotes: windows in pages, and the newest of each symbol.

Both have the same parameters and the same order: time to the nanosecond, sequence, id.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from api import page_token, parameters, times
from api.answers import json_answer, reader
from api.archived.answers import archive, archived_only
from api.display import DECIMALS, parse_display
from api.errors import InvalidParameter
from api.formats.export import exported
from api.formats.negotiation import wanted
from api.names import parse_source
from api.native import flat
from api.page_token import EventPosition as Position
from api.parameters import ORDERS, Whole
from db import sql
from db.tables.display import TIME_STYLES, Display
from db.tables.formats import JSON
from db.tables.table import Table

LIMIT = Whole(
    "limit",
    "Largest number of all symbols together; the next page has the rest.",
    most=10_000,
    default=1000,
)
Limit = Annotated[str, LIMIT.documented]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a request as they were sent."""

    symbols: list[str]
    start: str | None = None
    end: str | None = None
    limit: str = str(LIMIT.default)
    sort: str = ORDERS[0]
    page_token: str | None = None
    source: str | None = None
    ts: str = TIME_STYLES[0]
    tz: str | None = None
    decimals: str = DECIMALS[0]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters that choose the events; a page token belongs to one query."""

    kind: str
    symbols: list[str]
    start: datetime | None
    start_ns: int
    end: datetime | None
    end_ns: int
    sort: str
    source: str | None

    @property
    def newest(self) -> bool:
        """True if the query means the newest events of all symbols together, which is one page."""
        return self.start is None and self.sort == "asc"

    @property
    def live(self) -> bool:
        """True if events may still come into the window."""
        return self.end is None or self.end > datetime.now(UTC)


async def page(
    request: Request[Any, Any, Any], state: State, kind: str, asked: Asked
) -> Response[bytes]:
    """Returns a page of trades or quotes, or a flat table; raises Problem."""
    limit, display = LIMIT.parse(asked.limit), _display(asked)
    query = await _query(state, kind, asked)
    if wanted(request) != JSON:
        table = flat.events(query, flat.limit_of(request, LIMIT))
        table = await _with_archived(state, query, display, table)
        return exported(request, state, table, display)
    after = _position(asked.page_token, query)
    found = await archive(state).events(
        kind,
        sql.load("api.native", kind),
        _values(query, display, limit, after),
        live=query.live,
    )
    text, *last = found.row
    token = _next_token(last[: len(Position.__struct_fields__)], after, query)
    lacking = archived_only(found.lacking)
    return json_answer(f'{{"{kind}":{text},"next_page_token":{token}{lacking}}}')


async def _with_archived(state: State, query: Query, display: Display, table: Table) -> Table:
    """Returns a flat table with what only the archive has of it; raises ArchivedOnly."""
    kind = query.kind
    if not table.is_page:
        return await archive(state).tables.whole_events(kind, table)
    limit = table.values["limit"]
    extra = await archive(state).tables.extra_events(
        kind, sql.load("api.native", kind), _values(query, display, limit, None)
    )
    return flat.with_archived(table, kind, extra)


def _values(
    query: Query, display: Display, limit: object, after: Position | None
) -> dict[str, Any]:
    """Returns the values of the statement of a page."""
    return display.values | {
        "symbols": query.symbols,
        "start": query.start or "-infinity",
        "start_ns": query.start_ns,
        "end": query.end or "infinity",
        "end_ns": query.end_ns,
        "source": query.source,
        "limit": limit,
        "newest": query.newest,
        "descending": query.sort == "desc",
        "after_symbol": after and after.symbol,
        "after_source": after and after.source,
        "after_ts": after and after.ts,
        "after_ns": after and after.ns,
        "after_seq": after and after.seq,
        "after_tick_id": after and after.tick_id,
        "after_ties": after and after.ties,
    }


async def latest(state: State, kind: str, asked: Asked) -> Response[bytes]:
    """Returns the newest trade or quote of each symbol."""
    values = _display(asked).values | {"source": parse_source(asked.source)}
    names = await known_names(state, asked.symbols)
    row = await _fetch(state, f"latest_{kind}", values | {"symbols": names}, live=True)
    return json_answer(f'{{"{kind}":{row[0]}}}')


async def snapshots(state: State, asked: Asked) -> Response[bytes]:
    """Returns the newest trade, quote and bars of each symbol."""
    values = _display(asked).values | {"source": parse_source(asked.source)}
    names = await known_names(state, asked.symbols)
    row = await _fetch(state, "snapshots", values | {"symbols": names}, live=True)
    return json_answer(row[0])


async def known_names(state: State, texts: list[str]) -> list[str]:
    """Returns the stored symbols that the texts mean; raises UnknownSymbol if there are none."""
    return sorted({named.symbol for named in await state.symbols.resolve("symbols", texts)})


async def _query(state: State, kind: str, asked: Asked) -> Query:
    start, start_ns = _moment("start", asked.start)
    end, end_ns = _moment("end", asked.end)
    if start and end and (start, start_ns) > (end, end_ns):
        raise InvalidParameter("start", "must not be after end")
    return Query(
        kind=kind,
        start=start,
        start_ns=start_ns,
        end=end,
        end_ns=end_ns,
        sort=parameters.parse_choice("sort", asked.sort, ORDERS),
        source=parse_source(asked.source),
        symbols=await known_names(state, asked.symbols),
    )


def _display(asked: Asked) -> Display:
    """Returns how times and decimals are written."""
    return parse_display(asked.ts, asked.tz, asked.decimals)


def _moment(field: str, text: str | None) -> tuple[datetime | None, int]:
    return (None, 0) if text is None else times.parse_moment(field, text)


async def _fetch(state: State, name: str, values: dict[str, Any], *, live: bool) -> tuple[Any, ...]:
    fetch = reader(state).fetch_live_row if live else reader(state).fetch_row
    row = await fetch(sql.load("api.native", name), **values)
    assert row is not None
    return row


def _position(token: str | None, query: Query) -> Position | None:
    if token is None:
        return None
    if query.newest:
        raise InvalidParameter("page_token", "does not belong to this query")
    return page_token.read_as(Position, token, msgspec.json.encode(query))


def _next_token(last: list[Any], after: Position | None, query: Query) -> str:
    """Returns the token of the next page as JSON; null if this page is the last."""
    if last[0] is None:
        return "null"
    position = Position(*last).counted(after)
    return f'"{page_token.write(position, msgspec.json.encode(query))}"'
