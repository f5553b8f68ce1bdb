"""Errors in the shape of RFC 9457; also for paths that belong to no dialect."""

from typing import Any

import msgspec
from litestar import Request, Response

from api.errors import Problem, problem_of, respond

MEDIA_TYPE = "application/problem+json"
PROBLEM_TYPE = "urn:stockpulse:problem:"


class ProblemBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None  # the parameter at fault
    request_id: str | None = None


def as_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Returns the response to `error`."""
    problem = problem_of(request, error)
    body = body_of(problem, request.scope["state"].get("request_id"))
    return respond(problem, body, MEDIA_TYPE)


def render(problem: Problem, request_id: str | None) -> bytes:
    """Returns the body as it is sent."""
    return msgspec.json.encode(body_of(problem, request_id))


def body_of(problem: Problem, request_id: str | None = None) -> ProblemBody:
    """Returns the body that describes `problem`."""
    return ProblemBody(
        type=PROBLEM_TYPE + problem.slug if problem.slug else "about:blank",
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        field=problem.field,
        request_id=request_id,
    )
