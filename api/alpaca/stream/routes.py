"""The sockets of Alpaca's streams: of stocks by feed, of pairs of currencies by location."""

from typing import Any

from litestar import WebSocket, websocket

from api.alpaca.parameters import LOCATIONS
from api.alpaca.stream.connection import Connection, Feed
from api.alpaca.stream.session import Session
from api.compatible import FEEDS
from api.names import parse_source

STOCKS = (*FEEDS, "test")


@websocket("/v2/{feed:str}")
async def stocks(socket: WebSocket[Any, Any, Any], feed: str) -> None:
    """Serves a client of a feed of stocks."""
    refusal = "" if feed in STOCKS else f"there is no feed {feed}; iex is one"
    await _serve(socket, Feed(is_crypto=False, source=_source(socket), refusal=refusal))


@websocket("/")
async def bare(socket: WebSocket[Any, Any, Any]) -> None:
    """Serves a client that left out the feed."""
    await _serve(socket, Feed(is_crypto=False, source=_source(socket)))


@websocket("/v1beta3/crypto/{loc:str}")
async def crypto(socket: WebSocket[Any, Any, Any], loc: str) -> None:
    """Serves a client of pairs of currencies."""
    refusal = "" if loc in LOCATIONS else f"there is no location {loc}; us is one"
    venue = LOCATIONS.get(loc)
    await _serve(socket, Feed(is_crypto=True, venue=venue, source=_source(socket), refusal=refusal))


async def _serve(socket: WebSocket[Any, Any, Any], feed: Feed) -> None:
    key = socket.scope["state"].get("api_key")
    session = Session(socket.app.state.known_keys, key, list(socket.scope["headers"]))
    await Connection(socket, feed, session).run()


def _source(socket: WebSocket[Any, Any, Any]) -> str | None:
    return parse_source(socket.query_params.get("source"))


ROUTES = [stocks, bare, crypto]
