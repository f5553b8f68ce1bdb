"""Responses of the native API in the OpenAPI document."""

from typing import Any

from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from api import openapi
from api.native.errors import MEDIA_TYPE, ProblemBody, body_of


def responses(schema: type[Any], example: object, *errors: int) -> dict[int, ResponseSpec]:
    """Documents a route: its answer, and the statuses of the errors it may report."""
    return {200: openapi.response(schema, example)} | _errors(errors)


def stream_responses(example: str, *errors: int) -> dict[int, ResponseSpec]:
    """Documents a route that answers with server-sent events."""
    answer = ResponseSpec(
        str,
        description="Messages, until the client leaves",
        media_type="text/event-stream",
        generate_examples=False,
        examples=[Example(value=example)],
    )
    return {200: answer} | _errors(errors)


def _errors(errors: tuple[int, ...]) -> dict[int, ResponseSpec]:
    specs = {}
    for status in (*openapi.GUARDS, *errors):
        body = body_of(openapi.PROBLEMS[status])
        specs[status] = openapi.error_response(ProblemBody, status, body, MEDIA_TYPE)
    return specs
