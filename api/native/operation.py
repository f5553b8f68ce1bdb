"""The state of the service as the page /status shows it."""

from litestar import Response, get
from litestar.datastructures import State

from api.answers import json_answer, reader
from api.native import examples
from api.native.responses import responses
from db import sql
from db.operation import Operation


@get(
    "/operation",
    summary="Loaders, feeds, gaps, candles, sizes and jobs, for the operator",
    tags=["Native"],
    responses=responses(Operation, examples.OPERATION, 422, 503, 504),
)
async def operation(state: State) -> Response[bytes]:
    """Returns what `stockpulse status --json` does, without what the broker knows.

    Gaps are looked for in 500 of the series that may have some; `left_out` counts the others.
    """
    row = await reader(state).fetch_live_row(sql.load("api.native", "operation"))
    assert row is not None
    return json_answer(row[0])
