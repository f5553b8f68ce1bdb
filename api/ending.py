"""The end of the process, told before the server closes its connections."""

from collections.abc import Awaitable, Callable


class Ending:
    """Calls that come first, so that answers which never end come to one."""

    def __init__(self) -> None:
        self._calls: list[Callable[[], Awaitable[None]]] = []

    def call(self, function: Callable[[], Awaitable[None]]) -> None:
        """Adds a function that is called once, at the end."""
        self._calls.append(function)

    async def begin(self) -> None:
        """Calls all."""
        for function in self._calls:
            await function()
        self._calls.clear()
