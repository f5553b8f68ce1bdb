"""Errors in the shape of UDF, {"s":"error","errmsg":"..."}; charts read them at any status."""

from typing import Any

import msgspec
from litestar import Request, Response

from api.errors import Problem, problem_of, respond

MEDIA_TYPE = "application/json"


class UdfError(msgspec.Struct, frozen=True):
    """Why there is no answer."""

    s: str
    errmsg: str


def as_udf_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Returns the response to `error`."""
    problem = problem_of(request, error)
    return respond(problem, body_of(problem), MEDIA_TYPE)


def render(problem: Problem, _request_id: str | None) -> bytes:
    """Returns the body as it is sent."""
    return msgspec.json.encode(body_of(problem))


def body_of(problem: Problem) -> UdfError:
    """Returns the body that describes `problem`."""
    return UdfError("error", problem.detail)
