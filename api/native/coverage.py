"""Coverage of series: where their bars are complete, and where there was no feed."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State

from api import parameters
from api.answers import json_answer, reader
from api.formats.export import exported
from api.formats.negotiation import JSON, FormatText, wanted
from api.native import examples, flat, schemas
from api.native.names import names_of, unknown
from api.native.responses import responses
from api.parameters import (
    DEFAULT_TIMEFRAME,
    End,
    Price,
    Source,
    Start,
    Symbols,
    TimeframeText,
)
from db import sql


@get(
    "/coverage",
    summary="Where bars are complete, and where there was no feed",
    tags=["Native"],
    responses=responses(schemas.Coverage, examples.COVERAGE, 404, 422, 503, 504),
)
async def coverage(
    request: Request[Any, Any, Any],
    state: State,
    symbols: Symbols,
    timeframe: TimeframeText = DEFAULT_TIMEFRAME,
    start: Start = None,
    end: End = None,
    source: Source = None,
    price: Price = None,
    format: FormatText = None,  # noqa: A002, ARG001 - read by wanted()
) -> Response[bytes]:
    """Returns the stretches of [start, end), by state, from a symbol's first day or feed to now.

    A bucket has one state, the first that holds: `pending`, its bar may be missing or lack events,
    as they are being stored; `complete`, a feed covered all of it, and there were trades or quotes;
    `no trades`, there were none; `closed`, the market was closed; `no feed`, no feed covered all of
    it; `unknown`, it lies before the first feed of the symbol and source.
    """
    names = await names_of(state, symbols)
    values = {
        "symbols": names,
        "timeframe": await state.timeframes.parse(timeframe),
        "start": "-infinity" if start is None else parameters.parse_time("start", start),
        "end": "infinity" if end is None else parameters.parse_time("end", end),
        "source": parameters.parse_source(source),
        "price": parameters.parse_price(price),
    }
    if wanted(request) != JSON:
        await state.symbols.resolve("symbols", symbols)  # refuses unknown ones
        return exported(request, state, flat.coverage(values))
    row = await reader(state).fetch_row(sql.load("api.native", "coverage"), **values)
    assert row is not None
    known, text = row
    if not known:
        raise unknown(names)
    return json_answer(text)
