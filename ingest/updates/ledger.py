"""The runs in ops.update_runs, and the lock of a history: one process at a time updates it."""

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg

from db import connect, sql
from ingest.updates.outcome import Outcome
from ingest.updates.slots import Past, Run

LOCK_CLASS = 7_302  # of the advisory locks of histories; no other lock of StockPulse has it


class Ledger:
    """The session of a process that updates a history; its methods commit."""

    def __init__(
        self, conn: psycopg.Connection[Any], history: str, symbols: Collection[str]
    ) -> None:
        self._conn = conn
        self.symbols = sorted(symbols)
        scope = hashlib.sha256("\n".join(self.symbols).encode()).hexdigest()[:16]
        self._values = {"history": history, "scope": scope, "symbols": self.symbols}

    def lock(self) -> bool:
        """Takes the lock of the history for this session; returns whether it was free."""
        return bool(self.run("lock_history", **{"class": LOCK_CLASS}).fetchall()[0][0])

    def check(self) -> None:
        """Raises DatabaseRefused if the schema is not there, or not readable."""
        self.run("complete_until", start=None)

    def newest(self, now: datetime) -> dict[str, Past]:
        """Returns the newest run of each kind."""
        rows = self.run("newest_updates", now=now).fetchall()
        return {kind: Past(*values) for kind, *values in rows}

    def start(self, run: Run, now: datetime) -> None:
        """Notes that a run has started."""
        self.run(
            "start_update",
            kind=run.kind,
            slot=run.slot,
            failures=run.failures,
            now=now,
            next_at=run.following,
        )

    def end(self, run: Run, outcome: Outcome, now: datetime) -> None:
        """Notes how a run has ended."""
        self.run(
            "end_update",
            kind=run.kind,
            slot=run.slot,
            state=outcome.state,
            failures=run.failures + 1 if outcome.failed else 0,
            now=now,
            next_at=outcome.again_at or run.next_at(outcome.state, now),
            start=outcome.complete.since if outcome.complete else None,
            end=outcome.complete.until if outcome.complete else None,
            result=outcome.sentence,
        )

    def complete_until(self, since: datetime) -> dict[str, datetime]:
        """Returns for each symbol up to where it is complete from `since` on."""
        return dict(self.run("complete_until", start=since).fetchall())

    def run(self, name: str, **values: Any) -> psycopg.Cursor[Any]:
        """Runs a statement of this package, which may use `history` and `symbols`."""
        with connect.translated():
            return self._conn.execute(sql.load("ingest.updates", name), {**self._values, **values})


@contextmanager
def opened(database_url: str, history: str, symbols: Collection[str]) -> Iterator[Ledger]:
    """Gives the ledger of symbols of a history; raises DatabaseAway or DatabaseRefused."""
    with (
        connect.translated(),
        connect.connect(
            database_url,
            application_name="stockpulse update",
            autocommit=True,
            role="stockpulse_loader",
            direct=True,
            primary=True,
        ) as conn,
    ):
        yield Ledger(conn, history, symbols)
