"""Bars of a chart, and the marks on it."""

from datetime import UTC, datetime

from litestar import Response, get
from litestar.datastructures import State

from api.answers import json_answer, reader
from api.udf import examples, schemas
from api.udf.parameters import (
    COUNTBACK,
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
    values: dict[str, object] = {
        "symbol": named.symbol,
        "since": start if countback is None else "-infinity",
        "until": end,
        "countback": None if countback is None else COUNTBACK.parse(countback),
        "most": COUNTBACK.most,
    }
    statement = "days"
    if bar.timeframe != "1d":
        statement = "history"
        values |= {"timeframe": await state.timeframes.parse(bar.timeframe), "width": bar.width}
    fetch = reader(state).fetch_live_row if end > datetime.now(UTC) else reader(state).fetch_row
    row = await fetch(sql.load("api.udf", statement), **values)
    assert row is not None
    answer, next_time = row
    if answer is not None:
        return json_answer(answer)
    next_bar = "" if next_time is None else f',"nextTime":{next_time}'
    return json_answer(f'{{"s":"no_data"{next_bar}}}')


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
