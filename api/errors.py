"""Errors that the API reports to its clients; each dialect renders them in its own shape.

Problem
├── InvalidParameter    422  a parameter is missing, malformed or out of bounds
├── ArchivedOnly        422  a part of the answer is in the archive, out of reach of this format
├── NotAcceptable       406  no format that the client takes
├── UnknownSymbol       404  no tick of the symbol has ever been stored
├── UnknownCalendar     404  no trading sessions are known
├── NothingInWindow     404  the symbol exists, the window is empty
├── NoKey               401  no valid API key was sent
├── TooMany             429  the API key has used its requests per minute
├── TooManyStreams      429  the API key has as many streams open as it may
├── TooSlow             504  the statement ran into its timeout
├── Unavailable         503  the database cannot be reached
│   ├── ArchiveAway     503  days that only the archive has, and it cannot be read
│   ├── Busy            503  too many requests are under way
│   └── OtherSchema     503  the schema is not the one of this version
├── NeedsChunks         505  a stream is asked for in HTTP/1.0
└── Refused             4xx  Litestar's own refusal: an unknown path or method
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import msgspec
import psycopg
from litestar import Request, Response
from litestar.enums import ParamType
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import ParameterKwarg
from psycopg import errors as pg

from api.warnings import Seldom
from db.connect import DatabaseAway

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 2

# Errors of a database that was not migrated, or not to this version, or is being migrated.
OTHER_SCHEMA = (
    pg.InvalidSchemaName,
    pg.UndefinedTable,
    pg.UndefinedFunction,
    pg.UndefinedColumn,
    pg.UndefinedObject,
    pg.InsufficientPrivilege,
)
CHANGING = ("cached plan must not change", "cache lookup failed")  # while it is being migrated

_AWAY = Seldom(__name__)
_SCHEMA = Seldom(__name__)
_TRACES = Seldom(__name__)
MOST_HEAD_BYTES = 64_000  # of the request line and the headers; the parser takes URLs of 65,535
HEAD_TOO_LARGE = f"The URL and the headers are larger than {MOST_HEAD_BYTES} bytes."


class Problem(Exception):
    """A failed request: HTTP status, headers, and a detail that may be shown to the client."""

    status = 500
    slug = "unexpected"
    title = "Internal error"
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field  # the parameter at fault


class InvalidParameter(Problem):
    """A parameter is missing, malformed or out of bounds."""

    status = 422
    slug = "invalid-parameter"
    title = "A parameter is missing, malformed or out of bounds"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field} {detail}", field)


class ArchivedOnly(Problem):
    """A part of the answer is in the archive alone, and this answer does not reach it."""

    status = 422
    slug = "archived-only"
    title = "A part of the answer is in the archive alone"


class NotAcceptable(Problem):
    """None of the formats that the client takes is to be had."""

    status = 406
    slug = "not-acceptable"
    title = "No such format"
    headers = MappingProxyType({"Vary": "Accept"})


class UnknownSymbol(Problem):
    """No tick of the symbol has ever been stored."""

    status = 404
    slug = "unknown-symbol"
    title = "No such symbol"


class NothingInWindow(Problem):
    """The symbol is known, but the window is empty."""

    status = 404
    slug = "nothing-in-window"
    title = "Nothing in this window"


class NoKey(Problem):
    """No valid API key was sent."""

    status = 401
    slug = "no-key"
    title = "A valid API key is required"
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer realm="StockPulse"'})


class TooMany(Problem):
    """The API key has used its requests per minute; the next is allowed in `seconds`."""

    status = 429
    slug = "too-many-requests"
    title = "Too many requests"

    def __init__(self, rate: int, seconds: int) -> None:
        super().__init__(f"This API key has used its requests of this minute, {rate}.")
        self.headers = MappingProxyType({"Retry-After": str(seconds)})


class TooManyStreams(Problem):
    """The API key has as many streams open as it may."""

    status = 429
    slug = "too-many-streams"
    title = "Too many streams"
    headers = MappingProxyType({"Retry-After": str(RETRY_AFTER_SECONDS)})


class UnknownCalendar(Problem):
    """No trading sessions are known."""

    status = 404
    slug = "unknown-calendar"
    title = "No such calendar"


class Unavailable(Problem):
    """The database cannot be reached; the request may be repeated."""

    status = 503
    slug = "unavailable"
    title = "The database is unavailable"
    headers = MappingProxyType({"Retry-After": str(RETRY_AFTER_SECONDS)})


class ArchiveAway(Unavailable):
    """The answer has days that only the archive has, and it cannot be read now."""

    slug = "archive-away"
    title = "The archive is unavailable"


class Busy(Unavailable):
    """Too many requests are under way; this one may be repeated in a second."""

    title = "Too many requests are under way"
    headers = MappingProxyType({"Retry-After": "1"})


class OtherSchema(Unavailable):
    """The database has not the schema of this version; it comes by a migration."""

    slug = "other-schema"
    title = "The database has another schema"


class TooSlow(Problem):
    """The statement ran into its timeout."""

    status = 504
    slug = "too-slow"
    title = "The query took too long"


class NeedsChunks(Problem):
    """The answer is a stream, and the client speaks HTTP/1.0."""

    status = 505
    slug = "needs-http-1-1"
    title = "HTTP/1.1 is needed"


class Refused(Problem):
    """Litestar's own refusal: an unknown path, or method."""

    slug = ""

    def __init__(self, error: HTTPException) -> None:
        is_unknown = error.status_code == HTTPStatus.NOT_FOUND
        super().__init__("there is no such path; /docs lists all" if is_unknown else error.detail)
        self.status = error.status_code
        self.title = HTTPStatus(error.status_code).phrase
        self.headers = error.headers or {}


def problem_of(request: Request[Any, Any, Any], error: Exception) -> Problem:
    """Returns what the client may know about `error`; the rest goes to the log."""
    match error:
        case Problem():
            return error
        case DatabaseAway():
            _AWAY.warn("database away", error=str(error))
            return Unavailable("The database cannot be reached; try again shortly.")
        case psycopg.Error() if _is_of_schema(error):
            _SCHEMA.warn("not the schema of this version: stockpulse migrate", error=str(error))
            return OtherSchema("The database is not migrated to this version of the service.")
        case ValidationException():
            return InvalidParameter(_missing_parameter(request), "is required")
        case HTTPException() if error.status_code < 500:
            return Refused(error)
    _log(request, error)
    return Problem("The error has been logged under this request id.")


def _is_of_schema(error: psycopg.Error) -> bool:
    return isinstance(error, OTHER_SCHEMA) or str(error).startswith(CHANGING)


def _log(request: Request[Any, Any, Any], error: Exception) -> None:
    """Logs a fault of ours, with its trace unless there was one within the last second."""
    facts = {
        "request_id": request.scope["state"].get("request_id"),
        "path": request.scope["path"],
        "error": f"{type(error).__name__}: {error}",
    }
    logger.error("request failed", extra=facts, exc_info=error if _TRACES.is_due() else None)


def respond(problem: Problem, body: msgspec.Struct, media_type: str) -> Response[bytes]:
    """Returns the response that carries `body` with the problem's status and headers."""
    return Response(
        msgspec.json.encode(body),
        status_code=problem.status,
        media_type=media_type,
        headers=dict(problem.headers),
    )


def _missing_parameter(request: Request[Any, Any, Any]) -> str:
    """Returns the first required parameter that was not sent.

    Litestar checks nothing else: every parameter is a string, and parsed by api.parameters.
    """
    declared = request.route_handler.parsed_fn_signature.parameters
    return next(
        (
            sent_as
            for name, field in declared.items()
            if isinstance(definition := field.kwarg_definition, ParameterKwarg)
            and definition.param_type == ParamType.QUERY
            and field.is_required
            and (sent_as := definition.name or name) not in request.query_params
        ),
        "query",
    )
