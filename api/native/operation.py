"""The state of the service as the page /status shows it, read at most every few seconds."""

import time

from litestar import Response, get
from litestar.datastructures import State

from api.answers import json_answer, reader
from api.flights import Cache
from api.native import examples
from api.native.responses import responses
from db import sql
from db.operation import Operation

FRESH_SECONDS = 5.0  # it takes up to a second of the database, and is looked at by several people


@get(
    "/operation",
    summary="Loaders, feeds, gaps, candles, sizes and jobs, for the operator",
    tags=["Native"],
    responses=responses(Operation, examples.OPERATION, 422, 503, 504),
)
async def operation(state: State) -> Response[bytes]:
    """Returns what `stockpulse status --json` does, without what the broker knows.

    Gaps are looked for in 500 of the series that may have some; `left_out` counts the others. An
    answer is given again for five seconds.
    """
    statement = sql.load("api.native", "operation")
    cache: Cache = state.operation
    if found := cache.get(statement):
        row = found.row
    else:
        asked = time.monotonic()
        row = await reader(state).fetch_row(statement)
        cache.put(statement, row, asked)
    assert row is not None
    return json_answer(row[0])
