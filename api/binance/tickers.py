"""Newest prices, quotes and figures of a day, of one symbol, of some or of all."""

from litestar import Response, get
from litestar.datastructures import State

from api.answers import json_answer, reader
from api.binance import examples, names, schemas
from api.binance.errors import BAD_SYMBOL, BAD_VALUE, Fault
from api.binance.parameters import (
    MILLISECOND,
    OneSymbol,
    Symbols,
    TickerType,
    TimeUnit,
    parse_unit,
)
from api.binance.responses import responses
from api.names import SYMBOLS_AT_ONCE
from db import sql

TIMEFRAME = "1m"  # of the bars that make a day
TIMEFRAME_OF_ALL = "1h"
# Of all symbols at once: measured on a busy machine, a price takes 4 ms, a day 15.
MOST, MOST_DAYS = 500, 100


@get(
    "/api/v3/ticker/24hr",
    summary="Figures of the last 24 hours",
    tags=["Binance"],
    responses=responses(
        schemas.DayTicker | list[schemas.DayTicker],
        "Figures of the symbol, or a list",
        examples.DAY_TICKER,
        400,
        503,
        504,
    ),
)
async def day(
    state: State,
    symbol: OneSymbol = None,
    symbols: Symbols = None,
    kind: TickerType = "FULL",
    time_unit: TimeUnit = MILLISECOND,
) -> Response[bytes]:
    """Returns price change, high, low and volume of the 24 hours up to this minute.

    For all symbols together the 24 hours begin with a whole hour.
    """
    if kind != "FULL":
        raise Fault(BAD_VALUE, "Data sent for parameter 'type' is not valid: only FULL.")
    return await _tickers(
        state,
        "day",
        symbol,
        symbols,
        most=MOST_DAYS,
        timeframe=TIMEFRAME_OF_ALL if symbol is None and symbols is None else TIMEFRAME,
        per_second=parse_unit(time_unit),
    )


@get(
    "/api/v3/ticker/price",
    summary="Newest prices",
    tags=["Binance"],
    responses=responses(
        schemas.PriceTicker | list[schemas.PriceTicker],
        "Price of the symbol, or a list",
        examples.PRICE_TICKER,
        400,
        503,
        504,
    ),
)
async def price(state: State, symbol: OneSymbol = None, symbols: Symbols = None) -> Response[bytes]:
    """Returns the price of the newest trade, or of a symbol without trades its newest mid price."""
    return await _tickers(state, "price", symbol, symbols)


@get(
    "/api/v3/ticker/bookTicker",
    summary="Newest quotes",
    tags=["Binance"],
    responses=responses(
        schemas.BookTicker | list[schemas.BookTicker],
        "Quote of the symbol, or a list",
        examples.BOOK_TICKER,
        400,
        503,
        504,
    ),
)
async def book(state: State, symbol: OneSymbol = None, symbols: Symbols = None) -> Response[bytes]:
    """Returns the newest bid and ask; "0" for what is not known."""
    return await _tickers(state, "book", symbol, symbols)


async def _tickers(
    state: State,
    statement: str,
    symbol: str | None,
    symbols: str | None,
    most: int = MOST,
    **values: object,
) -> Response[bytes]:
    named = await names.of(state, symbol, symbols)
    row = await reader(state).fetch_live_row(
        sql.load("api.binance", statement),
        names=named and [one.asked for one in named],
        symbols=named and [one.symbol for one in named],
        most=most,
        **values,
    )
    assert row is not None
    text, is_too_much = row
    if is_too_much:
        raise Fault(
            BAD_VALUE,
            f"More than {most} symbols are stored: name some in parameter 'symbols', "
            f"{SYMBOLS_AT_ONCE} at most.",
        )
    if symbol is None:
        return json_answer(text)
    if text == "[]":
        raise Fault(BAD_SYMBOL, "Invalid symbol: it has no prices.")
    return json_answer(text[1:-1])


HANDLERS = [day, price, book]
