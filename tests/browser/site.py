"""An API over a database of its own, at an address that stays while it is stopped and started."""

from contextlib import ExitStack
from typing import Any
from unittest import mock

from api import app
from api.settings import ApiSettings
from tests.api.serving import served
from tests.api.store import Store
from tests.browser.stand_in import StandIn


class Site:
    """The API of one test; what it shows is written through `store`."""

    def __init__(self, database_url: str, edition: str) -> None:
        self.store = Store(database_url)
        self.database_url = database_url
        self.edition = edition
        self.was_stopped = False
        self._settings: dict[str, Any] = {
            "database_url": database_url,
            "api_port": 0,
            "api_cache_ms": 0,
        }
        self._running = ExitStack()
        self.start()

    def start(self, **changes: Any) -> None:
        """Starts the API, at the port that it had before."""
        self._settings |= changes
        self._running.enter_context(mock.patch("api.serve.create_app", self._app))
        client = self._running.enter_context(served(ApiSettings(**self._settings)))
        self._settings["api_port"] = client.base_url.port
        self.url = str(client.base_url).rstrip("/")
        self.client = client

    def stop(self) -> None:
        """Ends the API; connections to it are refused until it is started again."""
        self.was_stopped = True
        self._running.close()

    def _app(self, settings: ApiSettings) -> Any:
        return StandIn(app.create_app(settings), self.database_url)

    def make_candles(self) -> None:
        """Stores the candles of all ticks so far."""
        self.store.make_candles(self.edition)
