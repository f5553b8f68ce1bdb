"""Serves the API until it is stopped."""

import socket

import uvicorn

from api.app import create_app
from api.http.protocol import Protocol
from api.settings import ApiSettings
from db.errors import UsageError

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75  # longer than proxies keep theirs: they must not meet a closing connection
SHUTDOWN_SECONDS = 10  # for requests under way


def run(settings: ApiSettings) -> None:
    """Serves until SIGINT or SIGTERM; raises UsageError if the port cannot be opened."""
    with listen(settings.api_host, settings.api_port) as listener:
        server(settings).run(sockets=[listener])


def server(settings: ApiSettings) -> uvicorn.Server:
    """Returns a server that can run on a listening socket."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            loop="uvloop",
            http=Protocol,
            ws="none",
            access_log=False,  # /metrics counts requests
            log_config=None,  # the caller sets up logging
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )


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
        raise UsageError(
            f"cannot listen on {host} port {port}: {error.strerror}; "
            "STOCKPULSE_API_PORT or --port names another"
        ) from error
    return listener
