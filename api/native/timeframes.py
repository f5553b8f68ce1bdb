"""Timeframes that bars can have."""

import msgspec
from litestar import Response, get
from litestar.datastructures import State

from api.answers import json_answer
from api.native import examples, schemas
from api.native.responses import responses


@get(
    "/timeframes",
    summary="All timeframes",
    tags=["Native"],
    responses=responses(schemas.TimeframeNames, examples.TIMEFRAMES, 422, 503, 504),
)
async def timeframes(state: State) -> Response[bytes]:
    """Returns the names of the stored timeframes, narrowest first, and others made of them.

    The others are a choice for menus; `timeframe` takes any multiple that divides a day, and days,
    weeks and months.
    """
    names = schemas.TimeframeNames(await state.timeframes.names(), await state.timeframes.others())
    return json_answer(msgspec.json.encode(names).decode())
