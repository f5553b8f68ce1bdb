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
        now = time.monotonic()
        if now - self._warned_at < SECONDS:
            self._silent += 1
            return
        self._logger.warning(message, extra=facts | {"more_before": self._silent})
        self._warned_at, self._silent = now, 0
