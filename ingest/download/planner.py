"""The hours of ops.download_hours: which are due, who works on them, what became of them.

A claim lasts as long as the session of its download, which holds an advisory lock.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import psycopg

from db import connect, sql
from ingest.download import schedule
from ingest.download.outcome import Standing
from ingest.sources.dukascopy_instruments import SOURCE, Instrument

LOCK_CLASS = 7_301  # of the advisory locks of downloads; no other lock of StockPulse has it


class Claim(msgspec.Struct, frozen=True):
    """An hour that this download works on."""

    symbol: str
    hour: datetime
    before: Standing
    rows: int | None  # None: nothing of it was ever published
    sha256: bytes | None


class NotStored(NamedTuple):
    """A settled hour, and how many of its ticks were published and are stored."""

    symbol: str
    hour: datetime
    published: int
    stored: int


class Wanted(msgspec.Struct, frozen=True):
    """The series and the range of a download."""

    symbols: Sequence[str]
    since: datetime
    until: datetime


class Planner:
    """The session of one download; its methods commit."""

    def __init__(self, conn: psycopg.Connection[Any], wanted: Wanted) -> None:
        self._conn = conn
        self._values = {"source": SOURCE, "class": LOCK_CLASS, **msgspec.structs.asdict(wanted)}
        self._values["symbols"] = list(wanted.symbols)
        self._values["run"] = self._run("begin_run").fetchall()[0][0]

    def describe(self, instrument: Instrument, calendar: str) -> None:
        """Notes what is known of an instrument, where people have not set it."""
        base, _, quote = instrument.code.partition("/")
        self._run(
            "describe_instrument",
            symbol=instrument.symbol,
            asset_class=schedule.asset_class(instrument.code),
            base=base,
            quote=quote or None,
            price_scale=instrument.decimals,
            calendar=calendar,
        )

    def plan(self, symbol: str, hours: Sequence[datetime]) -> None:
        """Adds hours that are not known yet."""
        self._run("plan", symbol=symbol, hours=list(hours))

    def ask_again(self, *, replace: bool, unverified_since: datetime | None = None) -> None:
        """Makes settled hours due, except for those that the venue gave after a moment.

        With `replace`, each is published again whatever it is.
        """
        self._run("ask_again", replace=replace, unverified_since=unverified_since)

    def count_due(self, now: datetime) -> int:
        """Returns how many hours are to be asked for."""
        count: int = self._run("count_due", now=now).fetchall()[0][0]
        return count

    def claim(self, most: int, now: datetime) -> list[Claim]:
        """Returns due hours that no other download works on, the oldest first."""
        rows = self._run("claim", most=most, now=now).fetchall()
        claims = [
            Claim(symbol, hour, Standing(state, tries, empties), count, sha256)
            for symbol, hour, state, tries, empties, count, sha256 in rows
        ]
        return sorted(claims, key=lambda claim: (claim.hour, claim.symbol))

    def note_sent(self, claim: Claim, rows: int) -> None:
        """Notes that messages of an hour are about to be sent."""
        self._run("note_sent", symbol=claim.symbol, hour=claim.hour, rows=rows)

    def settle(
        self,
        claim: Claim,
        after: Standing,
        *,
        sha256: bytes | None = None,
        body: bytes | None = None,
        verified_at: datetime | None = None,
    ) -> None:
        """Ends a claim: notes the state of the hour, and the checksum of what was published."""
        self._run(
            "settle",
            symbol=claim.symbol,
            hour=claim.hour,
            sha256=sha256,
            body=body,
            verified_at=verified_at,
            **msgspec.structs.asdict(after),
        )

    def states(self) -> dict[str, tuple[int, datetime | None]]:
        """Returns for each state how many hours have it, and when the first is due."""
        return {state: (count, at) for state, count, at in self._run("states").fetchall()}

    def not_stored(self) -> list[NotStored]:
        """Returns settled hours of which other ticks are stored than were published."""
        return [NotStored(*row) for row in self._run("not_stored").fetchall()]

    def _run(self, name: str, **values: Any) -> psycopg.Cursor[Any]:
        with connect.translated():
            return self._conn.execute(sql.load("ingest.download", name), {**self._values, **values})


@contextmanager
def opened(database_url: str, wanted: Wanted) -> Iterator[Planner]:
    """Gives the planner of a download; raises DatabaseAway or DatabaseRefused."""
    with connect.connect(
        database_url,
        application_name="stockpulse download",
        autocommit=True,
        role="stockpulse_loader",
        direct=True,
        primary=True,
    ) as conn:
        yield Planner(conn, wanted)
