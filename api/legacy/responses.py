"""Responses of the legacy endpoints in the OpenAPI document."""

from typing import Any

from litestar.openapi import ResponseSpec

from api import openapi
from api.legacy.errors import MEDIA_TYPE, LegacyErrorBody, body_of


def responses(schema: type[Any], example: object, *errors: int) -> dict[int, ResponseSpec]:
    """Documents a route: its answer, and the statuses of the errors it may report."""
    specs = {200: openapi.response(schema, example)}
    for status in (*openapi.GUARDS, *errors):
        body = body_of(openapi.PROBLEMS[status])
        specs[status] = openapi.error_response(LegacyErrorBody, status, body, MEDIA_TYPE)
    return specs
