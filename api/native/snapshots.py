"""Snapshots: the newest trade, quote, minute and days of each symbol."""

from litestar import Response, get
from litestar.datastructures import State

from api.display import DECIMALS, Decimals, TimeStyle, Zone
from api.native import event_examples, event_schemas, events
from api.native.events import Asked
from api.native.responses import responses
from api.parameters import Source, Symbols
from db.tables.display import TIME_STYLES


@get(
    "/snapshots",
    summary="The newest trade, quote and bars of each symbol",
    tags=["Native"],
    responses=responses(event_schemas.Snapshots, event_examples.SNAPSHOTS, 404, 422, 503, 504),
)
async def snapshots(
    state: State,
    symbols: Symbols,
    source: Source = None,
    ts: TimeStyle = TIME_STYLES[0],
    tz: Zone = None,
    decimals: Decimals = DECIMALS[0],
) -> Response[bytes]:
    """Returns the newest trade and quote, the newest bar of a minute, and those of two days.

    All are of one moment. Prices are as they were traded.
    """
    asked = Asked(symbols=symbols, source=source, ts=ts, tz=tz, decimals=decimals)
    return await events.snapshots(state, asked)
