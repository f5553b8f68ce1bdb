"""TimescaleDB Community in a Docker container."""

import secrets
from collections.abc import Callable, Mapping

from stack.server.container import Container
from stack.server.ports import free_ports
from stack.server.running import start_or_discard

IMAGE = "timescale/timescaledb:2.29.2-pg18"
SETTINGS = {
    "max_locks_per_transaction": "512",
    "max_worker_processes": "24",
    "timescaledb.max_background_workers": "8",
    "timescaledb.telemetry_level": "off",
    "jit": "off",
    "timescaledb.enable_parallel_chunk_append": "off",  # may lose rows, see doctor
    "timezone": "UTC",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
}


def start_container(settings: Mapping[str, str], answers: Callable[[str], bool]) -> Container:
    """Returns a running container; `answers` says whether the server at a URL takes connections.

    `settings` are added to the server's configuration. Raises Unavailable without Docker.
    """
    port, password = free_ports(1)[0], secrets.token_hex(16)
    options = (f"{name}={value}" for name, value in {**SETTINGS, **settings}.items())
    container = Container(
        IMAGE,
        5432,
        port,
        environ={"POSTGRES_PASSWORD": password, "POSTGRES_DB": "stockpulse"},
        command=["postgres", *(word for option in options for word in ("-c", option))],
        url=f"postgresql://postgres:{password}@127.0.0.1:{port}/stockpulse",
        answers=answers,
    )
    start_or_discard(container, container.remove)
    return container
