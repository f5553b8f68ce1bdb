"""Asks a process that runs on this machine how it is, for health checks."""

from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from db.errors import StockpulseError, UsageError

ANSWER_SECONDS = 3.0  # less than the timeouts of health checks
ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses listened on, and asked
MOST_BYTES = 2_000


class Unhealthy(StockpulseError):
    """The process does not answer, or says why it is not well."""


def ask(host: str, port: int, setting: str) -> None:
    """Returns if /health at a port answers 200; raises Unhealthy with the reason.

    Raises UsageError if the port is 0: `setting` names where it is set.
    """
    if port == 0:
        raise UsageError(f"the process serves no /health: set {setting}, for it and for this check")
    host = ANY.get(host, host)
    shown = f"[{host}]" if ":" in host else host
    direct = build_opener(ProxyHandler({}))  # whatever http_proxy says: it is this machine
    try:
        with direct.open(f"http://{shown}:{port}/health", timeout=ANSWER_SECONDS):
            return
    except HTTPError as error:
        with error:
            text = error.read(MOST_BYTES).decode("utf-8", "replace")
        raise Unhealthy(" ".join(text.split())) from error
    except (OSError, HTTPException) as error:
        raise Unhealthy(f"nothing answers at {shown}:{port}: {error}") from error
