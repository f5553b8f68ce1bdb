"""The times at which a wait is logged: once it has lasted, and then again and again."""

import logging
import time

logger = logging.getLogger(__name__)


class Reminder:
    """Is due `first` seconds after the wait began, then every `between`; clocks are monotonic."""

    def __init__(self, first: float, between: float) -> None:
        self._first = first
        self._between = between
        self._at: float | None = None

    def is_due(self, now: float) -> bool:
        """Returns whether to log that there is still a wait at the time `now`."""
        if self._at is None:
            self._at = now + self._first
        if now < self._at:
            return False
        self._at = now + self._between
        return True

    def log(self, event: str, reason: str) -> None:
        """Logs a warning if it is due."""
        if self.is_due(time.monotonic()):
            logger.warning(event, extra={"reason": reason})

    def end(self) -> None:
        """Ends the wait."""
        self._at = None
