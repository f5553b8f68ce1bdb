"""Errors in the shape of the legacy services: {"detail": {"error": {"code", "message"}}}."""

from typing import Any

import msgspec
from litestar import Request, Response

from api.errors import Problem, problem_of, respond

MEDIA_TYPE = "application/json"

# Codes that clients of the legacy services know; the others follow their style.
CODES = {
    "invalid-parameter": "VALIDATION_ERROR",
    "unknown-symbol": "NOT_FOUND",
    "nothing-in-window": "NOT_FOUND",
}


class LegacyError(msgspec.Struct, frozen=True, omit_defaults=True):
    """Code and message of an error, and the parameter at fault."""

    code: str
    message: str
    field: str | None = None


class LegacyErrorDetail(msgspec.Struct, frozen=True):
    """The inner envelope of an error."""

    error: LegacyError


class LegacyErrorBody(msgspec.Struct, frozen=True):
    """The outer envelope of an error."""

    detail: LegacyErrorDetail


def as_legacy_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Returns the response to `error`."""
    problem = problem_of(request, error)
    return respond(problem, body_of(problem), MEDIA_TYPE)


def render(problem: Problem, _request_id: str | None) -> bytes:
    """Returns the body as it is sent."""
    return msgspec.json.encode(body_of(problem))


def body_of(problem: Problem) -> LegacyErrorBody:
    """Returns the body that describes `problem`."""
    code = CODES.get(problem.slug) or problem.slug.replace("-", "_").upper() or "REFUSED"
    return LegacyErrorBody(LegacyErrorDetail(LegacyError(code, problem.detail, problem.field)))
