"""The newest 500 bars of a symbol: the API beside a service as seed services were written.

The other one is FastAPI with SQLAlchemy on psycopg2: a table of bars with a unique index on
(symbol, bucket_start), a session per request, and a dict per row, in `seed_service.py`.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from bench.rest import client
from bench.rest.filled import SYMBOLS, Filled, served, wait_for
from db import sql

PORT = 18980
LIMIT = 500
CONNECTIONS = (1, 8)
SECONDS = 10.0
ROUNDS = 3


def compare(filled: Filled) -> dict[str, Any]:
    """Returns the requests per second of both and their ratio, by number of connections."""
    paths = [f"/bars/latest?symbol=SYM{number:03}&limit={LIMIT}" for number in range(SYMBOLS)]
    found: dict[str, Any] = {}
    with served(filled.url) as address, _service(filled.url) as other:
        for connections in CONNECTIONS:
            ours, theirs = [], []
            for _round in range(ROUNDS):
                ours.append(client.measure(address, paths, connections, SECONDS).per_second)
                theirs.append(client.measure(other, paths, connections, SECONDS).per_second)
            ratios = sorted(mine / one for mine, one in zip(ours, theirs, strict=True))
            found[f"{connections} connections"] = {
                "requests_per_second": round(max(ours)),
                "seed_requests_per_second": round(max(theirs)),
                "ratio": round(ratios[ROUNDS // 2], 1),
            }
    return found


@contextmanager
def _service(url: str) -> Iterator[str]:
    """Yields the address of the other service, over a table with the same bars."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(sql.load("bench.rest", "make_seed_bars"))
    address = f"http://127.0.0.1:{PORT}"
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "bench.rest.seed_service:app", "--port", str(PORT),
         "--log-level", "error", "--no-access-log"],
        env=os.environ | {"DATABASE_URL": url},
    )  # fmt: skip
    try:
        wait_for(f"{address}/health")
        yield address
    finally:
        process.terminate()
        process.wait()
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("drop table stock_bars_1m")
