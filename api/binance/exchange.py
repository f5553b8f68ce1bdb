"""Time and instruments of the exchange, and none of futures and options."""

import time

from litestar import Response, get
from litestar.datastructures import State

from api.answers import json_answer, reader
from api.binance import examples, names, schemas
from api.binance.parameters import (
    MILLISECOND,
    OneSymbol,
    Symbols,
    TimeUnit,
    parse_unit,
)
from api.binance.responses import responses
from db import sql

NOTHING = '"rateLimits":[],"exchangeFilters":[],"symbols":[]'
NO_OPTIONS = '"rateLimits":[],"optionContracts":[],"optionAssets":[],"optionSymbols":[]'


@get(
    ["/api/v3/ping", "/fapi/v1/ping", "/dapi/v1/ping", "/eapi/v1/ping"],
    summary="Nothing, to test the connection",
    tags=["Binance"],
    responses=responses(schemas.Empty, "Nothing", {}, 400, 503),
)
async def ping() -> Response[bytes]:
    """Returns nothing."""
    return json_answer("{}")


@get(
    ["/api/v3/time", "/fapi/v1/time", "/dapi/v1/time", "/eapi/v1/time"],
    summary="Time of the server",
    tags=["Binance"],
    responses=responses(schemas.ServerTime, "The time", examples.SERVER_TIME, 400, 503),
)
async def server_time(time_unit: TimeUnit = MILLISECOND) -> Response[bytes]:
    """Returns the time of the server."""
    return json_answer(f'{{"serverTime":{_now(parse_unit(time_unit))}}}')


@get(
    "/api/v3/exchangeInfo",
    summary="Instruments",
    tags=["Binance"],
    responses=responses(
        schemas.ExchangeInfo, "The instruments", examples.EXCHANGE_INFO, 400, 503, 504
    ),
)
async def exchange_info(
    state: State,
    symbol: OneSymbol = None,
    symbols: Symbols = None,
    time_unit: TimeUnit = MILLISECOND,
) -> Response[bytes]:
    """Returns all instruments, or those asked for, by their symbols.

    The symbol of a pair is BTCUSD, or if several instruments have it, the name that is stored, and
    its base asset then names the venue: KRAKEN:BTC. The currency XXX is one that is not known.
    """
    named = await names.of(state, symbol, symbols)
    row = await reader(state).fetch_row(
        sql.load("api.binance", "exchange_info"),
        symbols=named and [one.symbol for one in named],
    )
    assert row is not None
    now = _now(parse_unit(time_unit))
    return json_answer(
        f'{{"timezone":"UTC","serverTime":{now},"rateLimits":[],"exchangeFilters":[],'
        f'"symbols":{row[0]}}}'
    )


@get(
    ["/fapi/v1/exchangeInfo", "/dapi/v1/exchangeInfo"],
    summary="No futures",
    tags=["Binance"],
    responses=responses(
        schemas.ExchangeInfo, "No instruments", examples.NO_EXCHANGE_INFO, 400, 503
    ),
)
async def no_futures() -> Response[bytes]:
    """Returns no instruments: clients load the markets of futures along with those of spot."""
    return json_answer(f'{{"timezone":"UTC","serverTime":{_now(1000)},{NOTHING}}}')


@get(
    "/eapi/v1/exchangeInfo",
    summary="No options",
    tags=["Binance"],
    responses=responses(schemas.OptionsInfo, "No instruments", examples.NO_OPTIONS_INFO, 400, 503),
)
async def no_options() -> Response[bytes]:
    """Returns no instruments."""
    return json_answer(f'{{"timezone":"UTC","serverTime":{_now(1000)},{NO_OPTIONS}}}')


def _now(per_second: int) -> int:
    return time.time_ns() * per_second // 1_000_000_000


HANDLERS = [ping, server_time, exchange_info, no_futures, no_options]
