"""Access to the database from a route, and answers whose JSON PostgreSQL has written."""

from collections.abc import Mapping

from litestar import Response
from litestar.datastructures import State

from api.pool import Reader


def reader(state: State) -> Reader:
    """Returns the application's reader."""
    found: Reader = state.reader
    return found


def json_answer(
    text: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """Returns a response with `text`, which is JSON already."""
    return Response(
        text.encode(), status_code=status, media_type="application/json", headers=headers
    )
