"""Batches of the loader, and sockets of Alpaca's streams."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.api.alpaca.stream.client import Client
from tests.api.stream.loading import loader

Load = Callable[..., None]
Connect = Callable[..., Client]


@pytest.fixture
def load(fresh_database: str) -> Iterator[Load]:
    """Stores messages as one batch, as the loader does."""
    with loader(fresh_database) as made:
        yield made.put


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
