"""The timeline of a server's history: a promotion begins a new one, with the next number.

A former primary that comes back is still on the old one, and takes what nobody will ever see.
"""

from typing import NamedTuple, Self

from psycopg import errors as pg

from db import sql
from db.connect import DatabaseRefused
from ingest.store.connection import Conn


class Timeline(NamedTuple):
    """The system identifier, which standbys share with their primary, and the number."""

    system: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Returns what str() has written; None for any other text."""
        system, _, number = text.partition("/")
        is_one = system.isdecimal() and number.isdecimal() and text.isascii()
        return cls(int(system), int(number)) if is_one else None

    def __str__(self) -> str:
        return f"{self.system}/{self.number}"

    def is_after(self, other: "Timeline | None") -> bool:
        """Returns whether `other` is an older timeline of the same server's history."""
        return other is not None and self.system == other.system and self.number > other.number


class FormerPrimary(DatabaseRefused):
    """The server is on an older timeline than one that was loaded into."""

    def __init__(self, newest: Timeline) -> None:
        super().__init__(
            f"the group has stored on timeline {newest.number} of this database, and the"
            " server is on an older one: it is a former primary that was started again. Stop it and"
            " make it a standby (docs/runbooks/failover.md); if it is the right one, because an"
            " older state was restored, set another STOCKPULSE_GROUP"
        )


def read(conn: Conn) -> Timeline | None:
    """Returns the timeline of the server, None if it does not tell."""
    try:
        row = conn.execute(sql.load("ingest.store", "timeline")).fetchone()
    except (pg.InsufficientPrivilege, pg.FeatureNotSupported, pg.UndefinedFunction):
        return None
    return None if row is None else Timeline(*row)
