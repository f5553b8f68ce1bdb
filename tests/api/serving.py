"""Runs the API in a thread, as `stockpulse serve` does in a process."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import httpx

from api.serve import listen, server
from api.settings import ApiSettings
from tests.support import wait_until


@contextmanager
def served(settings: ApiSettings) -> Iterator[httpx.Client]:
    """Gives a client of an API that runs until the block ends."""
    running = server(settings)
    with listen(settings.api_host, settings.api_port) as listener:
        thread = Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_until(lambda: running.started, "the API starts")
            host, port = listener.getsockname()
            with httpx.Client(base_url=f"http://{host}:{port}", timeout=30) as client:
                yield client
        finally:
            running.should_exit = True
            thread.join(timeout=30)
            assert not thread.is_alive(), "the API did not end"
