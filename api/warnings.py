"""Warnings of what may happen a thousand times per second, one per second."""

import logging
import time

SECONDS = 1.0


class Seldom:
    """Logs the first of many equal warnings, and later how many there were since."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)
        self._warned_at = -SECONDS
        self._silent = 0

    def warn(self, message: str, **facts: object) -> None:
        """Logs a warning, unless there was one within the last second."""
        silent = self._silent
        if self.is_due():
            self._logger.warning(message, extra=facts | {"more_before": silent})

    def is_due(self) -> bool:
        """Returns whether there was none within the last second; then there is one now."""
        now = time.monotonic()
        if now - self._warned_at < SECONDS:
            self._silent += 1
            return False
        self._warned_at, self._silent = now, 0
        return True
