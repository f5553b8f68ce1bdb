"""Servers that hang: they accept requests and answer none, as with a stalled disk."""

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from stack.broker import Broker
from stack.broker.kafka import Node


@contextmanager
def hung_database(url: str, application: str = "stockpulse load") -> Iterator[None]:
    """Freezes the server processes of the loaders' connections, or of another application's."""
    query = (
        "select pid from pg_stat_activity"
        " where application_name = %s and datname = current_database()"
    )
    with psycopg.connect(url) as conn:
        pids = [pid for (pid,) in conn.execute(query, [application])]
    if not all(map(_is_postgres_here, pids)):
        pytest.skip("needs a database whose processes run on this machine")
    with _frozen(pids):
        yield


def _is_postgres_here(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"postgres")
    return False


@contextmanager
def hung_broker(broker: Broker) -> Iterator[None]:
    """Freezes a Kafka broker."""
    if not isinstance(broker.server, Node):
        pytest.skip("needs a broker that this run has started")
    with _frozen([broker.server.pid]):
        yield


@contextmanager
def _frozen(pids: Iterable[int]) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
