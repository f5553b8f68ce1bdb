"""A thread that reads something again and again, and notes since when that fails."""

import logging
import threading
import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import NamedTuple, Self

from prometheus_client.registry import Collector

from db.errors import StockpulseError
from ingest.monitor.gauges import Gauge, Readings, Samples

logger = logging.getLogger(__name__)

LEAVE_SECONDS = 2.0  # longest wait for a reading under way at the end
FOR_EVER = float("inf")


class Trouble(NamedTuple):
    """Since when something fails, in Unix seconds, and the last error."""

    since: float
    error: Exception


def again(known: Trouble | None, error: Exception) -> Trouble:
    """Returns trouble that goes on, or begins."""
    return Trouble(known.since if known else time.time(), error)


class Watch(ABC):
    """Base of the two watches: read() is called every `seconds` until the context is left.

    Serves the gauges `state` always, and whether the last reading succeeded as the first of them,
    the time of the last that did as the second.
    """

    def __init__(
        self, name: str, seconds: float, state: tuple[Gauge, Gauge], facts: tuple[Gauge, ...]
    ) -> None:
        self.away: Trouble | None = None
        self.facts = Readings(facts)
        self._state = Readings(state)
        self._names = (state[0].name, state[1].name)
        self._seconds = seconds
        self._read_at: float | None = None  # Unix seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def collectors(self) -> tuple[Collector, ...]:
        """The gauges, for a registry."""
        return (self._state, self.facts)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self.leave()
        self._thread.join(LEAVE_SECONDS)

    @abstractmethod
    def read(self) -> None:
        """Reads everything; raises StockpulseError while what it reads is away."""

    @abstractmethod
    def leave(self) -> None:
        """Ends a reading under way; called by another thread."""

    @abstractmethod
    def close(self) -> None:
        """Closes what is open, at the end."""

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.read()
            except StockpulseError as error:
                self._note_away(error)
            except Exception as error:  # a thread that ended would leave its last word standing
                logger.exception("monitor failed")
                self._note_away(error)
            else:
                if self.away:
                    logger.info("monitor reads again", extra={"of": self._thread.name})
                self._read_at, self.away = time.time(), None
            self._show()
            self._stop.wait(self._seconds)
        self.close()

    def _note_away(self, error: Exception) -> None:
        if self.away is None:
            facts = {"of": self._thread.name, "reason": str(error)}
            logger.warning("monitor reads nothing", extra=facts)
        self.away = again(self.away, error)

    def _show(self) -> None:
        up, read_at = self._names
        samples: dict[str, Samples] = {up: [((), float(self.away is None))]}
        if self._read_at is not None:
            samples[read_at] = [((), self._read_at)]
        self._state.put("state", samples, FOR_EVER)
