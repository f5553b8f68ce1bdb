"""One reading of the archive: its files, the engine over them, and its task."""

from typing import NamedTuple

from api.archived.engine import Engine
from api.archived.files import Files
from api.archived.work import Task


class Access(NamedTuple):
    """All that a reading needs."""

    files: Files
    engine: Engine
    task: Task
