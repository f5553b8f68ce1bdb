"""Errors in Alpaca's shape, {"code", "message"}, and with its statuses."""

from http import HTTPStatus

import msgspec

from api.errors import Busy, InvalidParameter, Problem, Refused, TooSlow

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
    """Returns the body that tells a client of `problem`; the request id is in a header."""
    del request_id
    return msgspec.json.encode(body_of(problem))


def body_of(problem: Problem) -> AlpacaError:
    """Returns the body that describes `problem`."""
    status = status_of(problem)
    unknown_path = isinstance(problem, Refused) and status == HTTPStatus.NOT_FOUND
    return AlpacaError(status * 100_000 + KIND, NOT_SERVED if unknown_path else problem.detail)


def status_of(problem: Problem) -> int:
    """Returns the status that Alpaca would answer with.

    Its clients repeat a request after 429 and 504, but not after 503. One that was too slow is not
    to be repeated as it is.
    """
    match problem:
        case Busy():
            return HTTPStatus.TOO_MANY_REQUESTS
        case InvalidParameter():
            return HTTPStatus.BAD_REQUEST
        case TooSlow():
            return HTTPStatus.UNPROCESSABLE_ENTITY
    return problem.status
