"""The budget of requests and what was asked for, in the database: both survive a restart."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from typing import Any

import psycopg

from db import connect, sql


class Ledger:
    """The session of one download of bars; its methods commit."""

    def __init__(self, conn: psycopg.Connection[Any], source: str, token: str, most: int) -> None:
        self._conn = conn
        account = blake2b(token.encode(), digest_size=8).hexdigest()
        self._values = {"source": source, "account": account, "most": most}

    def due(
        self, tickers: Sequence[str], interval: str, parts: Sequence[str], *, recheck: bool
    ) -> list[tuple[str, str]]:
        """Returns the tickers and parts to ask for, that first which was asked longest ago."""
        values = {
            "tickers": list(tickers), "interval": interval, "parts": list(parts),
            "recheck": recheck,
        }  # fmt: skip
        return self._run("due_parts", **values).fetchall()

    def take(self, now: datetime) -> bool:
        """Counts a request that is about to be sent; returns whether the budget had one left."""
        return self._run("take_request", now=now).fetchone() is not None

    def goes_on_at(self, now: datetime) -> datetime | None:
        """Returns when the budget has a request again, None if it has one now."""
        row = self._run("goes_on_at", now=now).fetchone()
        return row[0] if row else None

    def wait_until(self, until: datetime, now: datetime) -> None:
        """Notes that the vendor takes no request until then."""
        self._run("wait_until", until=until, now=now)

    def note(self, ticker: str, interval: str, part: str, now: datetime, bars: int) -> None:
        """Notes that a part was answered, and its bars published."""
        self._run("note_part", ticker=ticker, interval=interval, part=part, now=now, bars=bars)

    def _run(self, name: str, **values: Any) -> psycopg.Cursor[Any]:
        with connect.translated():
            return self._conn.execute(
                sql.load("ingest.download.bars", name), {**self._values, **values}
            )


@contextmanager
def opened(database_url: str, source: str, token: str, most: int) -> Iterator[Ledger]:
    """Gives the ledger of a vendor; raises DatabaseAway or DatabaseRefused."""
    with connect.connect(
        database_url,
        application_name="stockpulse download",
        autocommit=True,
        role="stockpulse_loader",
        direct=True,
        primary=True,
    ) as conn:
        yield Ledger(conn, source, token, most)
