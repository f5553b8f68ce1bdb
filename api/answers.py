"""What the two groups of routes share: how they reach the database, and JSON that it wrote."""

from collections.abc import Mapping

from litestar import Response
from litestar.datastructures import State

from api.pool import Reader


def reader(state: State) -> Reader:
    """Returns the application's reader."""
    found: Reader = state.reader
    return found


def written(
    text: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """Answers with JSON as it was written."""
    return Response(
        text.encode(), status_code=status, media_type="application/json", headers=headers
    )
