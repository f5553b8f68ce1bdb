"""Bars of a chart, and the marks on it."""

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get
from litestar.datastructures import State

from api.answers import json_answer, reader
from api.archived import bar_needs
from api.archived.answers import archive
from api.archived.archive import whole_row
from api.archived.refusals import refusal
from api.parameters import ADJUSTMENTS
from api.udf import examples, schemas
from api.udf.parameters import (
    COUNTBACK,
    Bar,
    Countback,
    From,
    Resolution,
    Ticker,
    To,
    next_start,
    parse_resolution,
    parse_window,
)
from api.udf.responses import responses
from db import sql

MOST_MARKS = 500
MOST_PER_BAR = 8  # so many bars are read of the archive for one that lies within sessions
OF_DAYS = ("trades", "candles_30m", "candles_1d", "quote_candles_30m", "quote_candles_1d")


@get(
    "/history",
    summary="Bars of a symbol, for a chart",
    tags=["UDF"],
    responses=responses(
        schemas.UdfBars | schemas.UdfNoBars, "Bars, oldest first", examples.BARS, 404, 422, 503, 504
    ),
)
async def history(
    state: State,
    symbol: Ticker,
    resolution: Resolution,
    since: From,
    until: To,
    countback: Countback = None,
) -> Response[bytes]:
    """Returns the bars of [from, to), or with countback that many before `to`.

    Without a bar, `nextTime` is where the newest one before lies, so that a chart skips the gap.
    """
    bar = parse_resolution(resolution)
    start, end = parse_window(since, until)
    end = next_start(end, bar.step)
    named = await state.symbols.one("symbol", symbol)
    count = COUNTBACK.most if countback is None else COUNTBACK.parse(countback)
    values: dict[str, Any] = {
        "symbols": [named.symbol],
        "since": start if countback is None else "-infinity",
        "start": start if countback is None else "-infinity",
        "end": end,
        "countback": None if countback is None else count,
        "most": COUNTBACK.most,
    }
    if bar.timeframe == "1d":
        answer, next_time = await _days(state, values)
    else:
        answer, next_time = await _bars(state, bar, values, count)
    if answer is not None:
        return json_answer(answer)
    next_bar = "" if next_time is None else f',"nextTime":{next_time}'
    return json_answer(f'{{"s":"no_data"{next_bar}}}')


async def _bars(
    state: State, bar: Bar, values: dict[str, Any], count: int
) -> tuple[str | None, int | None]:
    """Returns the answer with bars of a level; raises ArchivedOnly."""
    timeframe = await state.timeframes.parse(bar.timeframe)
    bars = bar_needs.plain(state.timeframes.level_of(timeframe), timeframe)
    end: datetime = values["end"]
    values |= {
        "timeframe": timeframe,
        "width": bar.width,
        "limit": min(MOST_PER_BAR * count, COUNTBACK.most),
        "newest_first": True,
        "share": "in turn",
        "adjustment": ADJUSTMENTS[0],
        **dict.fromkeys(("source", "price", "after_symbol", "after_source", "after_bucket")),
    }
    statement = sql.load("api.udf", "history")
    page = await archive(state).bars(bars, statement, values, live=end > datetime.now(UTC))
    answer, next_time, *_ = whole_row(page)
    if answer is None and values["countback"] is None:
        before = await archive(state).gone(bars.relations, None, values["start"])
        newest = max((int(day.until.timestamp()) for day in before), default=None)
        if newest is not None and newest > (next_time or 0):
            next_time = min(newest, int(values["start"].timestamp())) - 1
    return answer, next_time


async def _days(state: State, values: dict[str, Any]) -> tuple[str | None, int | None]:
    """Returns the answer with daily bars, which are made of the database's candles alone.

    Raises ArchivedOnly if only the archive has days of these.
    """
    end: datetime = values["end"]
    fetch = reader(state).fetch_live_row if end > datetime.now(UTC) else reader(state).fetch_row
    row = await fetch(sql.load("api.udf", "days"), **values)
    assert row is not None
    answer, next_time, first = row
    start = first or (values["start"] if values["countback"] is None else None)
    if await archive(state).gone(OF_DAYS, start, end):
        made_of = await reader(state).fetch_row(
            sql.load("api.udf", "days_made_of"), symbol=values["symbols"][0]
        )
        assert made_of is not None
        if lacking := await archive(state).gone(made_of[0], start, end):
            raise refusal(lacking, "ask /v1")
    return answer, next_time


@get(
    "/marks",
    summary="Gaps of a feed, for a chart",
    tags=["UDF"],
    responses=responses(
        list[schemas.UdfMark], "Marks, oldest first", examples.MARKS, 404, 422, 503, 504
    ),
)
async def marks(
    state: State,
    symbol: Ticker,
    since: From,
    until: To,
    resolution: Resolution = "1",
) -> Response[bytes]:
    """Returns the stretches of [from, to) without a feed, as marks on bars."""
    return await _marks(state, "gap_marks", symbol, since, until, resolution)


@get(
    "/timescale_marks",
    summary="Splits and renames, for a chart",
    tags=["UDF"],
    responses=responses(
        list[schemas.UdfTimescaleMark],
        "Marks, oldest first",
        examples.TIMESCALE_MARKS,
        404,
        422,
        503,
        504,
    ),
)
async def timescale_marks(
    state: State,
    symbol: Ticker,
    since: From,
    until: To,
    resolution: Resolution = "1",
) -> Response[bytes]:
    """Returns the splits and the new names of [from, to), as marks on the time scale."""
    return await _marks(state, "event_marks", symbol, since, until, resolution)


async def _marks(
    state: State, statement: str, symbol: str, since: str, until: str, resolution: str
) -> Response[bytes]:
    parse_resolution(resolution)
    start, end = parse_window(since, until)
    named = await state.symbols.one("symbol", symbol)
    row = await reader(state).fetch_row(
        sql.load("api.udf", statement),
        symbol=named.symbol,
        since=start,
        until=end,
        most=MOST_MARKS,
    )
    assert row is not None
    return json_answer(row[0])
