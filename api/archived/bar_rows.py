"""The candles of archived days that make the first bars of a page, as JSON for PostgreSQL."""

from collections.abc import Iterator
from datetime import datetime

from api.archived import statements
from api.archived.access import Access
from api.archived.asked import BarsAsked, BarSeries
from api.archived.spans import FIRST, LAST, MICROSECOND, growing


def read(access: Access, asked: BarsAsked) -> str:
    """Returns a JSON list of candles; raises OSError, LookupError or duckdb.Error."""
    lists = []
    missing = asked.most
    for series in asked.series:
        if asked.each:
            missing = asked.most
        elif missing <= 0 or (asked.last and series.asked > asked.last[0]):
            break
        if not series.is_plain:
            continue
        for text, bars in _read_series(access, asked, series, missing):
            lists.append(text[1:-1])
            missing -= bars
    return f"[{','.join(text for text in lists if text)}]"


def _read_series(
    access: Access, asked: BarsAsked, series: BarSeries, missing: int
) -> Iterator[tuple[str, int]]:
    """Yields lists of candles with the number of bars that they make, until these are enough."""
    low, high = _bounds(asked, series)
    relation = series.prefix + asked.level
    for table in asked.tables:
        days = [day for day in table.days if day.overlaps(low, high)]
        if table.relation != relation or low >= high or not days:
            continue
        statement = statements.candles(
            series.price,
            access.files.places(table.location, days),
            descending=asked.descending,
            is_level=asked.is_level,
        )
        for some in growing(days[::-1] if asked.descending else days):
            if missing <= 0:
                return
            values = {
                "files": access.files.paths(table.location, some),
                "symbol": series.asked,
                "source": series.source,
                "low": low,
                "high": high,
                "width": asked.width,
            } | ({"missing": missing} if asked.is_level else {})
            text, bars = access.engine.fetch_row(access.task, statement, values)
            missing -= bars
            yield text, bars


def _bounds(asked: BarsAsked, series: BarSeries) -> tuple[datetime, datetime]:
    """Returns the time of a series in which candles may be needed."""
    low, high = series.since or FIRST, series.until or LAST
    if asked.last and (asked.each or asked.last[0] == series.asked):
        if asked.descending:
            low = max(low, asked.last[1])
        else:  # with all candles of the bar that starts then
            high = min(high, asked.last[1] + MICROSECOND * asked.width)
    return low, high
