"""Log lines: time, level and event, then the fields of the event as key=value."""

import logging
import time
from typing import Any

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Libraries whose log is of interest only from warnings on.
NOISY = ("alembic", "httpcore", "httpx", "litestar", "uvicorn")


class Formatter(logging.Formatter):
    """2026-02-27T12:05:00.123Z INFO batch stored rows=20000 seconds=0.071"""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        fields = [
            f"{name}={_shown(value)}"
            for name, value in vars(record).items()
            if name not in STANDARD
        ]
        line = " ".join([self.formatTime(record), record.levelname, record.getMessage(), *fields])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure(level: int) -> None:
    """Sends log lines of at least this level to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns at every attempt of every connection, and of every cancellation that a server which
    # hangs does not take; the code that waits for an answer logs it once.
    logging.getLogger("psycopg").setLevel(logging.ERROR)


def _shown(value: Any) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else " ".join(str(value).split())
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"' if " " in text or not text else text
