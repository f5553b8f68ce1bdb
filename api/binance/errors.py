"""Errors in the shape of Binance, {"code":-1121,"msg":"Invalid symbol."}, with its codes."""

from typing import Any

import msgspec
from litestar import Request, Response

from api.errors import InvalidParameter, Problem, problem_of, respond

MEDIA_TYPE = "application/json"

UNKNOWN = -1000
UNAUTHORIZED = -1002
TOO_MANY_REQUESTS = -1003
TIMEOUT = -1007
OVERLOADED = -1008
UNSUPPORTED = -1020
ILLEGAL_CHARS = -1100
DUPLICATE = -1101
MANDATORY = -1102
UNREAD = -1104
BAD_INTERVAL = -1120
BAD_SYMBOL = -1121
BAD_COMBINATION = -1128
BAD_VALUE = -1130

# Code and HTTP status of the problems that all dialects share, by slug, else by status.
CODES = {
    "invalid-parameter": (BAD_VALUE, 400),
    "unknown-symbol": (BAD_SYMBOL, 400),
    "too-slow": (TIMEOUT, 504),
    "archived-only": (UNSUPPORTED, 400),
}
CODES_OF_STATUS = {
    401: UNAUTHORIZED,
    403: UNAUTHORIZED,
    429: TOO_MANY_REQUESTS,
    500: UNKNOWN,
    503: OVERLOADED,
}


class BinanceError(msgspec.Struct, frozen=True):
    """Code and message of an error; the codes are Binance's."""

    code: int
    msg: str


class Fault(Problem):
    """A request that Binance would refuse with a code of its own."""

    status = 400
    slug = "invalid-parameter"

    def __init__(self, code: int, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.code = code
        self.status = status


def as_binance_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Returns the response to `error`."""
    problem = problem_of(request, error)
    response = respond(problem, body_of(problem), MEDIA_TYPE)
    response.status_code = status_of(problem)
    return response


def render(problem: Problem, _request_id: str | None) -> bytes:
    """Returns the body as it is sent."""
    return msgspec.json.encode(body_of(problem))


def status_of(problem: Problem) -> int:
    """Returns the HTTP status that Binance has for `problem`."""
    if isinstance(problem, Fault) or problem.slug not in CODES:
        return problem.status
    return CODES[problem.slug][1]


def body_of(problem: Problem) -> BinanceError:
    """Returns the body that describes `problem`."""
    match problem:
        case Fault():
            return BinanceError(problem.code, problem.detail)
        case InvalidParameter() if problem.detail == f"{problem.field} is required":
            return BinanceError(
                MANDATORY,
                f"Mandatory parameter '{problem.field}' was not sent, was empty/null, or "
                "malformed.",
            )
        case InvalidParameter() if problem.field in ("symbol", "symbols"):
            return BinanceError(BAD_SYMBOL, f"Invalid symbol: {problem.detail}.")
        case InvalidParameter():
            return BinanceError(
                BAD_VALUE,
                f"Data sent for parameter '{problem.field}' is not valid: {problem.detail}.",
            )
    if problem.slug == "unknown-symbol":
        return BinanceError(BAD_SYMBOL, "Invalid symbol.")
    if not problem.slug:
        return BinanceError(UNSUPPORTED, f"This operation is not supported: {problem.detail}.")
    code, _status = CODES.get(problem.slug, (CODES_OF_STATUS.get(problem.status, UNSUPPORTED), 0))
    return BinanceError(code, problem.detail)
