"""Waits for the candles of what was loaded: a load that returns is visible at every level."""

import logging
import threading
import time
from contextlib import nullcontext

from db import connect, sql
from db.candles.refresh import refresh
from db.connect import DatabaseAway, DatabaseRefused

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
LOG_SECONDS = 10.0  # between two lines about a wait
REFUSED_SECONDS = 60.0  # retention, which refuses a refresh, takes less


def store_closed_candles(database_url: str, stop: threading.Event) -> bool:
    """Returns whether the candles of all closed buckets are stored; False if `stop` came first.

    Candles of open buckets are computed when they are read. Refreshes them itself if the login may
    act as stockpulse_owner, else waits for the database's job, or the loaders' on Apache-2. Waits
    out a database that is away; raises DatabaseRefused if it refuses for a minute.
    """
    logged = answered = time.monotonic()
    refreshed = False
    while not stop.is_set():
        try:
            with (
                connect.connect(
                    database_url, application_name="stockpulse load", autocommit=True
                ) as conn,
                connect.translated(),
            ):
                row = conn.execute(sql.load("ingest.loader", "due")).fetchone()
                assert row is not None
                due, may_refresh = row
            if may_refresh and (due or not refreshed):
                refresh(database_url, lambda *_: nullcontext(lambda _: None))
                answered = time.monotonic()
                if not refreshed:
                    refreshed = True
                    continue
            elif not due:
                return True
            answered, reason = time.monotonic(), "candles are being refreshed"
        except DatabaseAway as error:
            answered, reason = time.monotonic(), str(error)
        except DatabaseRefused as error:
            if time.monotonic() - answered > REFUSED_SECONDS:
                raise
            reason = str(error)
        if time.monotonic() - logged >= LOG_SECONDS:
            logged = time.monotonic()
            logger.warning("waiting for candles", extra={"reason": reason})
        stop.wait(POLL_SECONDS)
    return False
