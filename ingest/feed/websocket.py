"""Opens WebSocket connections; what went wrong is said without the address, which may hold a token.

Frames wait in a short queue: once it is full the socket is no longer read, and the venue waits.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException
from websockets.uri import parse_uri

from db.errors import SettingsError
from ingest.feed.source import CredentialsRefused

# Its lines about a handshake hold the address.
_quiet = logging.getLogger(f"{__name__}.protocol")
_quiet.setLevel(logging.WARNING)

CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 0.5  # stopping must not take longer than a second
PING_SECONDS = 20.0
LARGEST_FRAME = 16_000_000  # bytes
QUEUED_FRAMES = 64
# Answers that another attempt at once does not mend, or makes worse.
REFUSALS = {
    401: "refuses the token",
    403: "refuses the token, or this address or country",
    418: "has banned this address for a while",
    451: "does not serve this country",
}


@asynccontextmanager
async def connect(
    url: str, venue: str, headers: Mapping[str, str] | None = None
) -> AsyncIterator[ClientConnection]:
    """Opens a connection and closes it at the end.

    Raises CredentialsRefused, SettingsError if `url` is none, OSError or TimeoutError.
    """
    connection = await _open(url, venue, headers)
    try:
        yield connection
    except WebSocketException as error:
        raise ConnectionError(str(error) or type(error).__name__) from error
    finally:
        await connection.close()


async def _open(url: str, venue: str, headers: Mapping[str, str] | None) -> ClientConnection:
    _check(url, venue)
    try:
        return await open_websocket(
            url,
            additional_headers=headers,
            logger=_quiet,
            open_timeout=CONNECT_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            max_size=LARGEST_FRAME,
            max_queue=QUEUED_FRAMES,
        )
    except InvalidStatus as error:
        status = error.response.status_code
        if status in REFUSALS:
            raise CredentialsRefused(f"{venue} {REFUSALS[status]} (HTTP {status})") from None
        raise ConnectionError(f"{venue} answers with HTTP {status}") from None
    except (WebSocketException, ValueError) as error:  # ValueError: of what is no HTTP, or no port
        raise ConnectionError(f"no WebSocket answers: {type(error).__name__}") from None


def _check(url: str, venue: str) -> None:
    """Raises SettingsError; later, an address that cannot be used is that of a redirect."""
    try:
        parse_uri(url)
    except (InvalidURI, ValueError):
        raise SettingsError(f"the url of {venue} is not one of a WebSocket: ws:// or wss://") from (
            None
        )
