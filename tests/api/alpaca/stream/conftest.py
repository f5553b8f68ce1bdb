"""Batches of the loader, stored one after the other, and sockets of Alpaca's streams."""

import itertools
from collections.abc import Callable, Iterator

import httpx
import pytest

from ingest.store.store import opened
from tests.api.alpaca.stream.client import Client
from tests.ingest import made

Load = Callable[..., None]
Connect = Callable[..., Client]


@pytest.fixture
def load(fresh_database: str) -> Iterator[Load]:
    """Stores messages as one batch, as the loader does."""
    with opened(fresh_database) as store:
        store.add_offsets(("t", 0), 0, "cluster", None)
        offsets = itertools.count()

        def put(*values: bytes) -> None:
            messages = [made.Message(value, next(offsets)) for value in values]
            store.store(made.batch(messages, known=store.catalog))

        yield put


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens sockets below /alpaca of an API, and closes them at the end."""
    clients: list[Client] = []

    def open_socket(api: httpx.Client, path: str = "/v2/iex", **options: object) -> Client:
        address = str(api.base_url).replace("http", "ws", 1).rstrip("/")
        clients.append(Client(f"{address}/alpaca{path}", **options))  # type: ignore[arg-type]
        return clients[-1]

    yield open_socket
    for client in clients:
        client.close()
