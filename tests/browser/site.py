"""An API over a database of its own, at an address that stays while it is stopped and started."""

import itertools
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from api.settings import ApiSettings
from ingest.formats.times import rfc3339
from ingest.store import store as loading
from tests.api.serving import served
from tests.api.store import Store, Tick
from tests.ingest import made


class Site:
    """The API of one test; what it shows is written through `store`, before a page is opened."""

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
        self._loader: loading.Store | None = None
        self._numbers = itertools.count()
        self.start()

    def start(self, **changes: Any) -> None:
        """Starts the API, at the port that it had before."""
        self._settings |= changes
        client = self._running.enter_context(served(ApiSettings(**self._settings)))
        self._settings["api_port"] = client.base_url.port
        self.url = str(client.base_url).rstrip("/")
        self.client = client

    def stop(self) -> None:
        """Ends the API; connections to it are refused until it is started again."""
        self.was_stopped = True
        self._running.close()

    def load(self, symbol: str, ticks: Iterable[Tick]) -> None:
        """Stores trades in a batch as the loader does, so that streams tell of them."""
        if self._loader is None:
            self._loader = loading.Store(self.database_url)
            self._loader.add_offsets(("t", 0), 0, "cluster", None)
        self._loader.store(made.batch(self._messages(symbol, ticks), now=datetime.now(UTC)))

    def close(self) -> None:
        """Ends the API and the loader."""
        self._running.close()
        if self._loader is not None:
            self._loader.close()

    def _messages(self, symbol: str, ticks: Iterable[Tick]) -> list[made.Message]:
        numbered = zip(ticks, self._numbers, strict=False)
        return [
            made.Message(
                made.trade(
                    symbol=symbol,
                    event_time=rfc3339(tick.ts),
                    price=tick.price,
                    size=tick.size,
                    seq=number,
                    dedupe_id=f"loaded {number}",
                ),
                number,
            )
            for tick, number in numbered
        ]

    def make_candles(self) -> None:
        """Stores the candles of all ticks so far."""
        self.store.make_candles(self.edition)
