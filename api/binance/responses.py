"""Responses of this dialect in the OpenAPI document."""

from typing import Any

import msgspec
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from api import openapi
from api.binance.errors import (
    BAD_SYMBOL,
    MEDIA_TYPE,
    OVERLOADED,
    TIMEOUT,
    BinanceError,
    body_of,
)

ERRORS = {
    **{
        status: (openapi.DESCRIPTIONS[status], body_of(openapi.PROBLEMS[status]))
        for status in openapi.GUARDS
    },
    400: ("Invalid parameter or symbol", BinanceError(BAD_SYMBOL, "Invalid symbol.")),
    503: (
        "The database is unavailable",
        BinanceError(OVERLOADED, "The database cannot be reached; try again shortly."),
    ),
    504: (
        "The query took too long",
        BinanceError(TIMEOUT, "The query took longer than allowed; request less."),
    ),
}


def responses(
    schema: Any, description: str, example: object, *errors: int
) -> dict[int, ResponseSpec]:
    """Documents a route: its answer, and the statuses of the errors it may report."""
    specs = {200: _spec(schema, description, example)}
    for status in (*openapi.GUARDS, *errors):
        text, body = ERRORS[status]
        specs[status] = _spec(BinanceError, text, msgspec.to_builtins(body))
    return specs


def _spec(schema: Any, description: str, example: object) -> ResponseSpec:
    return ResponseSpec(
        schema,
        generate_examples=False,
        description=description,
        media_type=MEDIA_TYPE,
        examples=[Example(value=example)],
    )
