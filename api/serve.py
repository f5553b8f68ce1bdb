"""Serves the API until it is stopped."""

import asyncio
import errno
import logging
import socket

import uvicorn

from api.app import create_app
from api.ending import Ending
from api.http.keys import asks_for_keys, is_loopback
from api.http.protocol import Protocol
from api.http.sockets import MOST_BYTES, WebSocketProtocol
from api.settings import ApiSettings
from db.errors import UsageError
from db.settings import changed

logger = logging.getLogger(__name__)

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75  # longer than proxies keep theirs: they must not meet a closing connection
SHUTDOWN_SECONDS = 10  # for requests under way


def run(settings: ApiSettings) -> None:
    """Serves until SIGINT or SIGTERM.

    Raises UsageError if the port cannot be opened, SettingsError if a setting makes no sense.
    """
    with listen(settings.api_host, settings.api_port) as listener:
        bound = changed(settings, api_host=listener.getsockname()[0])
        running = server(bound)
        report_keys(bound)
        logger.info("serving", extra={"url": url_of(listener)})
        running.run(sockets=[listener])
        logger.info("stopped")


def url_of(listener: socket.socket) -> str:
    """Returns the URL of the API; where it listens on all addresses, that of this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def report_keys(settings: ApiSettings) -> None:
    """Logs whether the API asks for keys, and where one is made."""
    facts = {"address": settings.api_host, "STOCKPULSE_API_KEYS": settings.api_keys}
    if asks_for_keys(settings):
        logger.info("API keys required; make one with stockpulse keys create NAME", extra=facts)
    else:
        level = logging.INFO if is_loopback(settings.api_host) else logging.WARNING
        logger.log(level, "API keys off: all who reach the address can read", extra=facts)


def server(settings: ApiSettings) -> uvicorn.Server:
    """Returns a server that can run on a listening socket."""
    ending = Ending()
    return _Server(
        ending,
        uvicorn.Config(
            create_app(settings, ending),
            loop="uvloop",
            http=Protocol,
            ws=WebSocketProtocol,
            ws_max_size=MOST_BYTES,
            ws_per_message_deflate=False,
            access_log=False,  # api/http/access_log.py writes one
            log_config=None,  # the caller sets up logging
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        ),
    )


class _Server(uvicorn.Server):
    """A server that tells the streams of its end, which would go on for ever."""

    def __init__(self, ending: Ending, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams, then all else, and clients that do not read."""
        await self._ending.begin()
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # an open connection would keep the loop from closing


def listen(host: str, port: int) -> socket.socket:
    """Opens the port before anything else starts; raises UsageError if it is in use."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        name = "HOST" if error.errno == errno.EADDRNOTAVAIL else "PORT"
        raise UsageError(
            f"cannot listen on {host} port {port}: {error.strerror}; "
            f"STOCKPULSE_API_{name} or --{name.lower()} names another"
        ) from error
    return listener
