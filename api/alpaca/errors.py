"""Errors in Alpaca's shape: {"code", "message"}; also for unknown paths below its prefix."""

from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response

from api.errors import InvalidParameter, Problem, Refused, TooSlow, problem_of, respond

MEDIA_TYPE = "application/json"
NOT_SERVED = (
    "endpoint not found: bars, trades, quotes, the latest of each, and snapshots are served, "
    "under /v2/stocks and /v1beta3/crypto/us"
)
KIND = 10_000  # Alpaca's codes are the status and a kind: 40410000, 42910000


class AlpacaError(msgspec.Struct, frozen=True):
    """Code and message of an error."""

    code: int
    message: str


class NotOffered(Problem):
    """A path of Alpaca's API that is not served."""

    status = 404
    slug = "not-offered"
    title = "Not served"


def render(problem: Problem, request_id: str | None = None) -> bytes:
    """Returns the body that tells a client of `problem`, for refusals before any route."""
    del request_id  # it is in a header
    return msgspec.json.encode(body_of(problem))


def as_alpaca_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Returns the response to `error`."""
    problem = problem_of(request, error)
    answer = respond(problem, body_of(problem), MEDIA_TYPE)
    answer.status_code = status_of(problem)
    return answer


def body_of(problem: Problem) -> AlpacaError:
    """Returns the body that describes `problem`."""
    status = status_of(problem)
    unknown_path = isinstance(problem, Refused) and status == HTTPStatus.NOT_FOUND
    return AlpacaError(status * 100_000 + KIND, NOT_SERVED if unknown_path else problem.detail)


def status_of(problem: Problem) -> int:
    """Returns the status that Alpaca would answer with.

    alpaca-py repeats a request three times after 429 and 504, and gives up after 503. To repeat
    one that was too slow would make it worse.
    """
    match problem:
        case InvalidParameter():
            return HTTPStatus.BAD_REQUEST
        case TooSlow():
            return HTTPStatus.UNPROCESSABLE_ENTITY
    return problem.status
