"""The first trades or quotes of a page that archived days have, as JSON for PostgreSQL."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, LiteralString

from api.archived import statements
from api.archived.access import Access
from api.archived.asked import Asked, Series
from api.archived.spans import FIRST, LAST, MICROSECOND, growing
from api.page_token import EventPosition

MANY = 5_000  # rows, of which the last is looked for first


def read(access: Access, asked: Asked) -> str:
    """Returns a JSON list of the first rows; raises OSError, LookupError or duckdb.Error."""
    lists = []
    missing = asked.most
    for _, pieces in groupby(_in_order(asked), key=lambda one: one.asked):
        if asked.each:
            missing = asked.most
        for series in pieces:
            for text, count in _read_series(access, asked, series, missing):
                if count:
                    lists.append(text[1:-1])
                missing -= count
        if missing == 0 and not asked.each:
            break
    return f"[{','.join(lists)}]"


def _in_order(asked: Asked) -> list[Series]:
    """Returns the series as far as rows of them are needed, in the order of the page."""
    series = asked.series[::-1] if asked.descending else asked.series
    found = sorted(series, key=lambda one: one.asked)  # the pieces of each stay in their order
    return [one for one in found if asked.last is None or one.asked <= asked.last[0]]


def _read_series(
    access: Access, asked: Asked, series: Series, missing: int
) -> Iterator[tuple[str, int]]:
    """Yields lists of at most `missing` rows together, with their number."""
    low, high = _bounds(asked, series)
    days = [day for day in asked.days if day.overlaps(low, high)]
    if low >= high or not days:
        return
    after = asked.after if asked.after and asked.after.symbol == series.asked else None
    shape = {
        "descending": asked.descending,
        "has_position": after is not None,
        "many_symbols": len(series.symbols) > 1,
    }
    places = access.files.places(asked.location, days)
    statement = statements.events(asked.kind, places, **shape)
    edge = statements.edge(**shape)
    for some in growing(days[::-1] if asked.descending else days):
        if missing == 0:
            return
        values = _values(asked, series, after, low, high) | {
            "files": access.files.paths(asked.location, some),
            "missing": missing,
            "most": missing + (after.ties if after else 0),
        }
        if missing >= MANY:
            values |= _narrowed(access, asked, edge, values)
        text, count = access.engine.fetch_row(access.task, statement, values)
        missing -= count
        yield text, count


def _narrowed(
    access: Access, asked: Asked, statement: LiteralString, values: dict[str, Any]
) -> dict[str, datetime]:
    """Returns the value that narrows a statement to the first rows: to sort all takes long."""
    used = {name: value for name, value in values.items() if f"${name}" in statement}
    (edge,) = access.engine.fetch_row(access.task, statement, used)
    if edge is None:
        return {}
    return {"low": edge} if asked.descending else {"high": edge + MICROSECOND}


def _bounds(asked: Asked, series: Series) -> tuple[datetime, datetime]:
    """Returns the time of a series in which rows may be needed."""
    span = asked.span
    end = span.end or LAST
    after = asked.after.ts if asked.after and asked.after.symbol == series.asked else None
    last = asked.last[1] if asked.last and asked.last[0] == series.asked else None
    first_edge, last_edge = (last, after) if asked.descending else (after, last)
    return (
        max(series.since or FIRST, span.start or FIRST, first_edge or FIRST),
        min(
            series.until or LAST,
            min(end, LAST) + MICROSECOND if span.end_ns else end,
            last_edge + MICROSECOND if last_edge else LAST,
        ),
    )


def _values(
    asked: Asked, series: Series, after: EventPosition | None, low: datetime, high: datetime
) -> dict[str, Any]:
    span = asked.span
    values: dict[str, Any] = {
        "asked": series.asked,
        "source": series.source,
        "symbol": series.symbols[0],
        "low": low,
        "high": high,
        "start": span.start or FIRST,
        "start_ns": span.start_ns,
        "end": span.end or LAST,
        "end_ns": span.end_ns,
    }
    if len(series.symbols) > 1:
        values["symbol"] = list(series.symbols)
    if after:
        values |= {
            "after_ts": after.ts,
            "after_ns": after.ns,
            "after_seq": after.seq,
            "after_tick_id": after.tick_id,
            "ties": after.ties,
        }
    return values
