"""Responses of the Alpaca dialect in the OpenAPI document."""

from typing import Any

from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from api import openapi
from api.alpaca.errors import MEDIA_TYPE, AlpacaError, body_of, status_of
from api.errors import Problem, UnknownSymbol

NOT_FOUND = UnknownSymbol("no trade found for APPL", "symbol")


def responses(
    schema: type[Any], example: object, *errors: int, description: str = ""
) -> dict[int, ResponseSpec]:
    """Documents a route: its answer, and the errors it may report, by openapi.PROBLEMS."""
    answer = ResponseSpec(
        schema,
        generate_examples=False,
        description=description or (schema.__doc__ or "").splitlines()[0],
        examples=[Example(value=example)],
    )
    specs = {200: answer}
    for status in (*openapi.GUARDS, *errors):
        problem: Problem = NOT_FOUND if status == 404 else openapi.PROBLEMS[status]
        specs[status_of(problem)] = openapi.error_response(
            AlpacaError, status, body_of(problem), MEDIA_TYPE
        )
    return specs
