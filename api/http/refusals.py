"""Problems in the shape of the dialect that a path belongs to, also before any routing."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from litestar import Request, Response

from api.errors import Problem, problem_of
from api.http.asgi import BODY, DENIAL, DENIAL_BODY, SOCKET, START, Scope, Send


def _status(problem: Problem) -> int:
    return problem.status


class Dialect(NamedTuple):
    """The paths at and below a prefix, and how problems are written for their clients."""

    prefix: str  # "" for all paths that belong to no other dialect
    render: Callable[[Problem, str | None], bytes]  # a problem and the request id
    media_type: str
    status: Callable[[Problem], int] = _status


class Refusals:
    """Writes problems for any path."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        # The longest prefix is the first that fits.
        self._dialects = sorted(dialects, key=lambda one: len(one.prefix), reverse=True)

    def refusal(self, path: str, problem: Problem, request_id: str | None = None) -> bytes:
        """Returns the body that tells the clients of `path` of a problem."""
        return self._dialect_of(path).render(problem, request_id)

    async def send(self, scope: Scope, send: Send, problem: Problem) -> None:
        """Answers a request with a problem, that of a WebSocket before it is one."""
        dialect = self._dialect_of(scope["path"])
        body = dialect.render(problem, scope["state"].get("request_id"))
        headers = [
            (b"content-type", dialect.media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            *((name.lower().encode(), text.encode()) for name, text in problem.headers.items()),
        ]
        start, rest = (DENIAL, DENIAL_BODY) if scope.get("type") == SOCKET else (START, BODY)
        await send({"type": start, "status": dialect.status(problem), "headers": headers})
        await send({"type": rest, "body": b"" if scope.get("method") == "HEAD" else body})

    def response(self, request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        """Returns the response to an error of the application, an unknown path being one."""
        problem = problem_of(request, error)
        dialect = self._dialect_of(request.scope["path"])
        return Response(
            dialect.render(problem, request.scope["state"].get("request_id")),
            status_code=dialect.status(problem),
            media_type=dialect.media_type,
            headers=dict(problem.headers),
        )

    def _dialect_of(self, path: str) -> Dialect:
        path = f"/{path.lstrip('/')}"
        return next(
            one
            for one in self._dialects
            if path.startswith(one.prefix) and path[len(one.prefix) :][:1] in ("", "/")
        )
