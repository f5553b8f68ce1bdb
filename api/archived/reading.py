"""The archive opened: its files and the engine over them; imports the packages that it needs."""

import duckdb

from api.archived import bar_rows, event_rows
from api.archived.access import Access
from api.archived.asked import Asked, BarsAsked
from api.archived.engine import Engine
from api.archived.files import Files
from api.archived.work import Task


class Reading:
    """Reads rows, in whichever thread."""

    # A file that is not there, a table without the snapshot, and files that are damaged.
    trouble = (OSError, LookupError, ValueError, duckdb.Error)

    def __init__(self) -> None:
        self._files = Files()
        self._engine = Engine()

    def rows(self, task: Task, asked: Asked | BarsAsked) -> str:
        """Returns the first rows of a page as a list in JSON; raises `trouble`."""
        access = Access(self._files, self._engine, task)
        if isinstance(asked, BarsAsked):
            return bar_rows.read(access, asked)
        return event_rows.read(access, asked)
