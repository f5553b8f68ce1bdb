"""Access to the database from a route, and answers whose JSON PostgreSQL has written."""

from collections.abc import Mapping, Sequence

import msgspec
from litestar import Response
from litestar.datastructures import State

from api.archived.archive import Archive
from api.archived.days import Range
from api.pool import Reader


def reader(state: State) -> Reader:
    """Returns the application's reader."""
    found: Reader = state.reader
    return found


def archive(state: State) -> Archive:
    """Returns the archive as the application reads it."""
    found: Archive = state.archive
    return found


def archived_only(lacking: Sequence[Range]) -> str:
    """Returns the member that names what an answer lacks, since only the archive has it."""
    return f',"archived":{msgspec.json.encode(lacking).decode()}' if lacking else ""


def json_answer(
    text: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """Returns a response with `text`, which is JSON already."""
    return Response(
        text.encode(), status_code=status, media_type="application/json", headers=headers
    )
