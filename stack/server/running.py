"""A running server, with its process if this program started it."""

from collections.abc import Callable
from typing import Protocol, Self

from db.errors import StockpulseError


class Server(Protocol):
    """A server that this program started, as a child process or a container."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


class Running:
    """A server that can be restarted, stopped and killed if this program started it.

    A context manager that ends in `close()`. `server` is None if the address came from the
    environment; then start, stop and kill raise StockpulseError. `discard` removes data that is
    not kept.
    """

    def __init__(
        self, name: str, server: Server | None, discard: Callable[[], None] | None
    ) -> None:
        self.server = server
        self._name = name
        self._discard = discard

    def start(self) -> None:
        """Starts the server again."""
        self._own_server().start()

    def stop(self) -> None:
        """Stops the server cleanly; its data is kept until `close()`."""
        self._own_server().stop()

    def kill(self) -> None:
        """Ends the server as a crash would."""
        self._own_server().kill()

    def close(self) -> None:
        """Stops the server if this program started it, and removes data that is not kept."""
        if self.server:
            self.server.stop()
        if self._discard:
            self._discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _own_server(self) -> Server:
        if self.server is None:
            raise StockpulseError(
                f"the {self._name} was not started by this program, so it cannot be started or "
                "stopped by it"
            )
        return self.server


def start_or_discard(server: Server, discard: Callable[[], None] | None) -> None:
    """Starts a server; runs `discard` if it does not start."""
    try:
        server.start()
    except BaseException:
        if discard:
            discard()
        raise
