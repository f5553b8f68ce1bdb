"""The archive of the application, and the part of an answer that says what it lacks."""

from collections.abc import Sequence

import msgspec
from litestar.datastructures import State

from api.archived.archive import Archive
from api.archived.days import Range


def archive(state: State) -> Archive:
    """Returns the archive as the application reads it."""
    found: Archive = state.archive
    return found


def archived_only(lacking: Sequence[Range]) -> str:
    """Returns the member that names what an answer lacks, since only the archive has it."""
    return f',"archived":{msgspec.json.encode(lacking).decode()}' if lacking else ""
