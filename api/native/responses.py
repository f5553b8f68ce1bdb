"""Responses of the native API in the OpenAPI document."""

from typing import Any

from litestar.openapi import ResponseSpec

from api import openapi
from api.native.errors import MEDIA_TYPE, ProblemBody, body_of


def responses(schema: type[Any], example: object, *errors: int) -> dict[int, ResponseSpec]:
    """Documents a route: its answer, and the statuses of the errors it may report."""
    specs = {200: openapi.response(schema, example)}
    for status in (*openapi.GUARDS, *errors):
        body = body_of(openapi.PROBLEMS[status])
        specs[status] = openapi.error_response(ProblemBody, status, body, MEDIA_TYPE)
    return specs
