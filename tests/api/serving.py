"""Runs the API in a thread, as `stockpulse serve` does in a process."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import httpx
import uvicorn

from api.serve import listen, server
from api.settings import ApiSettings
from tests.support import wait_until


@contextmanager
def served(settings: ApiSettings) -> Iterator[httpx.Client]:
    """Yields a client of an API that runs until the block ends."""
    with running(settings) as (_, client):
        yield client


@contextmanager
def running(settings: ApiSettings) -> Iterator[tuple[uvicorn.Server, httpx.Client]]:
    """Yields the server beside its client."""
    started = server(settings)
    with listen(settings.api_host, settings.api_port) as listener:
        thread = Thread(target=started.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_until(lambda: started.started, "the API starts")
            host, port = listener.getsockname()
            with httpx.Client(base_url=f"http://{host}:{port}", timeout=30, verify=False) as client:
                yield started, client
        finally:
            started.should_exit = True
            thread.join(timeout=30)
            assert not thread.is_alive(), "the API did not end"
