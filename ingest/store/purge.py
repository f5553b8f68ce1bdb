"""Deletes rejected messages that nobody wants any more, a page per transaction."""

from datetime import datetime, timedelta

import msgspec

from db import connect, sql
from ingest.store.rejects import PAGE, Advance, Chosen, reading


def age_limit(database_url: str, age: timedelta) -> datetime:
    """Returns the time `age` ago by the clock of the database, which dates rejected messages.

    Raises IsStandby: nothing is to be counted of which nothing can be deleted.
    """
    with reading(database_url, primary=True) as conn, connect.translated():
        row = conn.execute("select now() - %s", [age]).fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def purge(database_url: str, chosen: Chosen, advance: Advance | None = None) -> int:
    """Deletes the chosen messages and returns how many; messages that come meanwhile stay.

    Each page of messages is one transaction, after which `advance` is called with their number.
    `chosen` has to have an end. Messages that a replay stores at the same time are not counted.
    """
    assert chosen.until is not None
    values = {"after": 0, "limit": PAGE, **msgspec.structs.asdict(chosen)}
    purged = 0
    with reading(database_url, primary=True) as conn, connect.translated():
        while True:
            row = conn.execute(sql.load("ingest.store", "purge_rejects"), values).fetchone()
            assert row is not None
            values["after"], messages = row
            if values["after"] is None:
                return purged
            purged += messages
            if advance:
                advance(messages)
