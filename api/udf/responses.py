"""Responses of this dialect in the OpenAPI document."""

from typing import Any

from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from api import openapi
from api.udf.errors import MEDIA_TYPE, body_of


def responses(
    schema: Any, description: str, example: object, *errors: int
) -> dict[int, ResponseSpec]:
    """Documents a route: its answer, and the statuses of the errors it may report."""
    specs = {
        200: ResponseSpec(
            schema,
            generate_examples=False,
            description=description,
            media_type=MEDIA_TYPE,
            examples=[Example(value=example)],
        )
    }
    for status in (*openapi.GUARDS, *errors):
        body = body_of(openapi.PROBLEMS[status])
        specs[status] = openapi.error_response(type(body), status, body, MEDIA_TYPE)
    return specs
