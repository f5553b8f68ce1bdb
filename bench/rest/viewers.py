"""Database work of 100 viewers of a symbol, each polling every second, beside that of one."""

import threading
import time
from typing import Any

import httpx
import psycopg

from bench.rest.filled import Filled, served

VIEWERS = 100
SECONDS = 30
PATH = "/v1/bars?symbols=SYM007&timeframe=1m&limit=500"
WORK = "select sum(xact_commit + xact_rollback) from pg_stat_database"


def compare(filled: Filled) -> dict[str, Any]:
    """Returns the transactions per second that one and that many viewers cause, and their ratio."""
    with served(filled.url) as address, psycopg.connect(filled.url, autocommit=True) as conn:
        idle = _transactions(conn, address, 0)
        one = _transactions(conn, address, 1) - idle
        many = _transactions(conn, address, VIEWERS) - idle
    return {
        "one_viewer": round(one / SECONDS, 2),
        f"{VIEWERS}_viewers": round(many / SECONDS, 2),
        "ratio": round(many / one, 2),
    }


def _transactions(conn: psycopg.Connection[Any], address: str, viewers: int) -> int:
    before = _work(conn)
    ends = time.monotonic() + SECONDS
    threads = [
        threading.Thread(target=_poll, args=(address, number / max(viewers, 1), ends))
        for number in range(viewers)
    ]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS)
    for thread in threads:
        thread.join()
    return _work(conn) - before


def _poll(address: str, offset: float, ends: float) -> None:
    with httpx.Client(base_url=address) as client:
        due = time.monotonic() + offset
        while due < ends:
            time.sleep(max(0.0, due - time.monotonic()))
            client.get(PATH).raise_for_status()
            due += 1


def _work(conn: psycopg.Connection[Any]) -> int:
    time.sleep(1.5)  # sessions report their figures once a second
    row = conn.execute(WORK).fetchone()
    assert row is not None
    return int(row[0])
