"""Instruments that have been stored."""

from litestar import Response, get
from litestar.datastructures import State

from api.answers import json_answer, reader
from api.native import examples, schemas
from api.native.responses import responses
from db import sql


@get(
    "/symbols",
    summary="All instruments",
    tags=["Native"],
    responses=responses(schemas.Instruments, examples.INSTRUMENTS, 503),
)
async def instruments(state: State) -> Response[bytes]:
    """Returns the reference data of every symbol that has been stored."""
    row = await reader(state).fetch_row(sql.load("api.native", "instruments"))
    assert row is not None
    return json_answer(row[0])
