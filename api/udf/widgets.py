"""Widgets for OpenBB Workspace, and the flat rows of its table."""

import msgspec
from litestar import Response, get
from litestar.datastructures import State

from api.answers import json_answer, reader
from api.parameters import DEFAULT_TIMEFRAME, TimeframeText
from api.udf import examples, schemas
from api.udf.parameters import ROWS, Rows, Ticker
from api.udf.responses import responses
from db import sql

POLL_MILLISECONDS = 5000


@get(
    "/table",
    summary="Newest bars as flat rows",
    tags=["UDF"],
    responses=responses(
        list[schemas.TableRow], "Rows, newest first", examples.TABLE, 404, 422, 503, 504
    ),
)
async def table(
    state: State,
    symbol: Ticker,
    timeframe: TimeframeText = DEFAULT_TIMEFRAME,
    limit: Rows = str(ROWS.default),
) -> Response[bytes]:
    """Returns the newest bars as a list of flat objects, which OpenBB shows as a table."""
    row = await reader(state).fetch_live_row(
        sql.load("api.udf", "table"),
        symbol=(await state.symbols.one("symbol", symbol)).symbol,
        timeframe=await state.timeframes.parse(timeframe),
        limit=ROWS.parse(limit),
    )
    assert row is not None
    return json_answer(row[0])


@get(
    "/options",
    summary="All symbols, as options of a menu",
    tags=["UDF"],
    responses=responses(list[schemas.MenuOption], "Options", examples.OPTIONS, 503, 504),
)
async def options(state: State) -> Response[bytes]:
    """Returns the symbols as labels and values, the one with the newest tick first."""
    row = await reader(state).fetch_live_row(sql.load("api.udf", "options"))
    assert row is not None
    return json_answer(row[0])


@get("/widgets.json", include_in_schema=False)
async def widgets(state: State) -> Response[bytes]:
    """Returns the widgets of OpenBB: a chart that speaks UDF, and a table of bars."""
    row = await reader(state).fetch_live_row(sql.load("api.udf", "options"))
    assert row is not None
    symbols = msgspec.json.decode(row[0], type=list[dict[str, str]])
    first = symbols[0]["value"] if symbols else ""
    timeframes = [*await state.timeframes.names(), *await state.timeframes.others()]
    found = {"stockpulse_chart": _chart(first), "stockpulse_bars": _table(first, timeframes)}
    return json_answer(msgspec.json.encode(found).decode())


@get("/apps.json", include_in_schema=False)
async def apps() -> Response[bytes]:
    """Returns no layouts of widgets."""
    return json_answer("[]")


def _chart(symbol: str) -> dict[str, object]:
    return {
        "name": "StockPulse chart",
        "description": "Candles of every stored symbol, live.",
        "category": "StockPulse",
        "type": "advanced_charting",
        "endpoint": "/udf",
        "gridData": {"w": 20, "h": 20},
        "data": {"defaultSymbol": symbol, "updateFrequency": POLL_MILLISECONDS},
    }


def _table(symbol: str, timeframes: list[str]) -> dict[str, object]:
    columns = ("time", "open", "high", "low", "close", "volume", "trades")
    return {
        "name": "StockPulse bars",
        "description": "The newest bars of a symbol.",
        "category": "StockPulse",
        "type": "table",
        "endpoint": "/udf/table",
        "gridData": {"w": 20, "h": 12},
        "params": [
            {
                "paramName": "symbol",
                "label": "Symbol",
                "description": "An instrument that has been stored.",
                "type": "endpoint",
                "optionsEndpoint": "/udf/options",
                "value": symbol,
            },
            {
                "paramName": "timeframe",
                "label": "Timeframe",
                "description": "Width of a bar.",
                "type": "text",
                "value": DEFAULT_TIMEFRAME,
                "options": [{"label": name, "value": name} for name in timeframes],
            },
        ],
        "data": {
            "table": {
                "columnsDefs": [
                    {
                        "field": column,
                        "headerName": column.capitalize(),
                        "cellDataType": "text" if column == "time" else "number",
                    }
                    for column in columns
                ]
            }
        },
    }


ROUTES = [widgets, apps]
