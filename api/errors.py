"""What the API answers when it cannot answer, in two dresses: RFC 9457 and the seeds'.

Problem
├── InvalidParameter    422  a parameter is missing, malformed or out of bounds
├── UnknownSymbol       404  nobody has ever sent a tick of it
├── NothingInWindow     404  the symbol exists, the window is empty
├── TooSlow             504  the statement ran into its timeout
├── Unavailable         503  the database is away
└── Unexpected          500  a defect of ours
"""

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from db.connect import DatabaseAway

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "urn:stockpulse:problem:"
RETRY_AFTER_SECONDS = 2


class Problem(Exception):
    """An answer other than the one asked for."""

    status = 500
    slug = "unexpected"
    title = "Something went wrong on our side"
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class InvalidParameter(Problem):
    """A parameter is missing, malformed or out of bounds."""

    status = 422
    slug = "invalid-parameter"
    title = "A parameter is missing, malformed or out of bounds"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field} {detail}", field)


class UnknownSymbol(Problem):
    """No tick of the symbol has ever been stored."""

    status = 404
    slug = "unknown-symbol"
    title = "No such symbol"


class NothingInWindow(Problem):
    """The symbol is known, but nothing lies in the window."""

    status = 404
    slug = "nothing-in-window"
    title = "Nothing in this window"


class Unavailable(Problem):
    """The database is away; it is worth asking again."""

    status = 503
    slug = "unavailable"
    title = "The database is away"
    headers = MappingProxyType({"Retry-After": str(RETRY_AFTER_SECONDS)})


class TooSlow(Problem):
    """The question took longer than a question may."""

    status = 504
    slug = "too-slow"
    title = "The question took too long"


class Refused(Problem):
    """Litestar's own no: there is no such path, or not with this method."""

    slug = ""

    def __init__(self, error: HTTPException) -> None:
        super().__init__(error.detail)
        self.status = error.status_code
        self.title = HTTPStatus(error.status_code).phrase
        self.headers = error.headers or {}


def problem_of(error: Exception) -> Problem:
    """Returns what to tell the client about `error`; the rest stays in the log."""
    match error:
        case Problem():
            return error
        case DatabaseAway():
            logger.warning("database away", extra={"error": str(error)})
            return Unavailable("The database cannot be reached; try again shortly.")
        case ValidationException():
            return _invalid_parameter(error)
        case HTTPException() if error.status_code < 500:
            return Refused(error)
    logger.error("request failed", exc_info=error)
    return Problem("The failure has been logged; the request id leads to it.")


def _invalid_parameter(error: ValidationException) -> InvalidParameter:
    """Names the parameter that Litestar objects to; of several, the first."""
    if isinstance(error.extra, list) and error.extra:
        first = error.extra[0]
        return InvalidParameter(first.get("key", "query"), _in_words(first["message"]))
    missing = re.match(r"Missing required query parameter '(\w+)'", error.detail)
    return InvalidParameter(missing[1] if missing else "query", "is required")


def _in_words(complaint: str) -> str:
    """Turns msgspec's "Expected `int` <= 100" into "must be an integer of at most 100"."""
    words = complaint.replace("Expected ", "must be ").replace("`", "").split(", got ")[0]
    words = re.sub(r"^Invalid enum value .*", "must be one of the values documented", words)
    for sign, phrase in ((">=", "of at least"), ("<=", "of at most")):
        words = words.replace(sign, phrase)
    words = re.sub(r"\bint\b", "an integer", words)
    words = re.sub(r"\bstr of length\b", "text of a length", words)
    return re.sub(r"\bstr\b", "text", words)


class ProblemBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None  # the parameter at fault
    request_id: str | None = None


class SeedError(msgspec.Struct, frozen=True, omit_defaults=True):
    """Code and message of an error, and the parameter at fault."""

    code: str
    message: str
    field: str | None = None


class SeedDetail(msgspec.Struct, frozen=True):
    """The inner envelope of an error."""

    error: SeedError


class SeedBody(msgspec.Struct, frozen=True):
    """The outer envelope of an error."""

    detail: SeedDetail


# Codes that the seed's clients know; the rest follow their style.
SEED_CODES = {
    "invalid-parameter": "VALIDATION_ERROR",
    "unknown-symbol": "NOT_FOUND",
    "nothing-in-window": "NOT_FOUND",
}


def as_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answers with application/problem+json."""
    problem = problem_of(error)
    body = ProblemBody(
        type=PROBLEM_TYPE + problem.slug if problem.slug else "about:blank",
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        field=problem.field,
        request_id=request.scope["state"].get("request_id"),
    )
    return _response(problem, body, "application/problem+json")


def as_seed(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answers in the shape of the seeds: {"detail": {"error": {"code", "message"}}}."""
    problem = problem_of(error)
    code = SEED_CODES.get(problem.slug) or problem.slug.replace("-", "_").upper() or "REFUSED"
    body = SeedBody(SeedDetail(SeedError(code, problem.detail, problem.field)))
    return _response(problem, body, "application/json")


def _response(problem: Problem, body: msgspec.Struct, media_type: str) -> Response[bytes]:
    return Response(
        msgspec.json.encode(body),
        status_code=problem.status,
        media_type=media_type,
        headers=dict(problem.headers),
    )
