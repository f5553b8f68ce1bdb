"""Which of the days that only the archive has a page needs, and what of them.

The database's part of a page ends with its last row, if it is full: what comes behind that in the
order of the page is not needed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from api.archived.asked import Asked, Series, Span
from api.archived.days import Day
from api.archived.spans import LAST, MICROSECOND
from api.flights import Row
from api.page_token import EventPosition

SERIES = ("symbols", "source", "after_symbol", "after_source")
SYMBOL, TS, OLDEST = 1, 3, 8  # columns of the statements of events


def window(values: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Returns the window of a statement's values; an edge of None is open."""
    start, end = (
        None if isinstance(values[edge], str) else values[edge] for edge in ("start", "end")
    )
    return start, end


def reach(values: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Returns the window with the whole of the microsecond in which it ends."""
    start, end = window(values)
    return start, min(end, LAST) + MICROSECOND if end and values.get("end_ns") else end


def of_events(gone: list[Day], row: Row, values: dict[str, Any]) -> list[Day]:
    """Returns the days that may have rows of a page, of which `row` is the database's part."""
    if values["newest"]:
        return [day for day in gone if row[OLDEST] is None or day.until > row[OLDEST]]
    return within(
        gone,
        values["symbols"],
        after=(values["after_symbol"], values["after_ts"]),
        last=(row[SYMBOL], row[TS]),
        descending=values["descending"],
    )


def within(
    days: list[Day],
    symbols: list[str],
    *,
    after: tuple[str | None, datetime | None],
    last: tuple[str | None, datetime | None],
    descending: bool,
) -> list[Day]:
    """Returns the days between two places of a page, by symbol, then time; None is an end."""
    rest = sorted(symbol for symbol in symbols if after[0] is None or symbol >= after[0])
    edges = []
    if after[1] and rest[-1:] == [after[0]]:
        edges.append((after[1], descending))
    if last[1] and rest[:1] == [last[0]]:
        edges.append((last[1], not descending))
    return [
        day
        for day in days
        if all(day.since <= ts if is_end else day.until > ts for ts, is_end in edges)
    ]


def asked(
    kind: str, row: Row, values: dict[str, Any], days: list[Day], location: str, series: str
) -> Asked:
    """Returns the question for the rows of a page; `series` are those of series.sql."""
    start, end = window(values)
    newest = values["newest"]
    span = Span(start, values["start_ns"], end, values["end_ns"])
    if newest and row[OLDEST]:
        span = Span(row[OLDEST], 0, end, values["end_ns"])
    return Asked(
        kind=kind,
        series=msgspec.json.decode(series, type=tuple[Series, ...]),
        days=tuple(days),
        location=location,
        span=span,
        descending=newest or values["descending"],
        each=newest,
        most=values["limit"] + (not newest),
        after=_position(values),
        last=None if row[SYMBOL] is None else (row[SYMBOL], row[TS]),
    )


def _position(values: dict[str, Any]) -> EventPosition | None:
    if values["after_symbol"] is None:
        return None
    fields = EventPosition.__struct_fields__
    return EventPosition(*(values[f"after_{name}"] for name in fields))
