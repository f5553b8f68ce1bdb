"""Errors in Alpaca's shape: {"code", "message"}; also for unknown paths below its prefix."""

from typing import Any

import msgspec
from litestar import Request, Response

from api.errors import InvalidParameter, Problem, problem_of, respond

MEDIA_TYPE = "application/json"
BAD_REQUEST = 400  # where the other dialects answer 422
KIND = 10_000  # Alpaca's codes are the status and a kind: 40410000, 42910000


class AlpacaError(msgspec.Struct, frozen=True):
    """Code and message of an error."""

    code: int
    message: str


def as_alpaca_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Returns the response to `error`."""
    problem = problem_of(request, error)
    answer = respond(problem, body_of(problem), MEDIA_TYPE)
    answer.status_code = status_of(problem)
    return answer


def body_of(problem: Problem) -> AlpacaError:
    """Returns the body that describes `problem`."""
    return AlpacaError(status_of(problem) * 100_000 + KIND, problem.detail)


def status_of(problem: Problem) -> int:
    """Returns the status that Alpaca would answer with."""
    return BAD_REQUEST if isinstance(problem, InvalidParameter) else problem.status
