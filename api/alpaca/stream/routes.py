"""The sockets of Alpaca's streams: of stocks by feed, of pairs of currencies by location."""

from typing import Annotated, Any

from litestar import WebSocket, get, websocket
from litestar.params import PathParameter

from api.alpaca.errors import NOT_SERVED, NotOffered
from api.alpaca.parameters import LOCATIONS
from api.alpaca.stream.connection import Connection, Feed
from api.alpaca.stream.session import Session
from api.compatible import FEEDS
from api.errors import InvalidParameter
from api.names import parse_source

STOCKS = (*FEEDS, "test")

Socket = WebSocket[Any, Any, Any]
Text = Annotated[str, PathParameter()]


@websocket("/v2/{feed:str}")
async def stocks(socket: Socket, feed: Text) -> None:
    """Serves a client of a feed of stocks."""
    refusal = "" if feed in STOCKS else f"there is no feed {feed}; iex is one"
    await _serve(socket, Feed(is_crypto=False, refusal=refusal))


@websocket("/")
async def bare(socket: Socket) -> None:
    """Serves a client that left out the feed."""
    await _serve(socket, Feed(is_crypto=False))


@websocket("/v1beta3/crypto/{loc:str}")
async def crypto(socket: Socket, loc: Text) -> None:
    """Serves a client of pairs of currencies."""
    refusal = "" if loc in LOCATIONS else f"there is no location {loc}; us is one"
    await _serve(socket, Feed(is_crypto=True, venue=LOCATIONS.get(loc), refusal=refusal))


@get(["/", "/v2/{feed:str}", "/v1beta3/crypto/{loc:str}"], include_in_schema=False)
async def no_socket() -> None:
    """Raises NotOffered: a browser, or a client with http:// in place of ws://."""
    raise NotOffered(f"{NOT_SERVED}; streams are WebSockets, so their address begins with ws://")


async def _serve(socket: Socket, feed: Feed) -> None:
    try:
        feed = feed._replace(source=parse_source(socket.query_params.get("source")))
    except InvalidParameter as problem:
        feed = feed._replace(refusal=feed.refusal or problem.detail)
    key = socket.scope["state"].get("api_key")
    session = Session(socket.app.state.known_keys, key, list(socket.scope["headers"]))
    await Connection(socket, feed, session).run()


ROUTES = [stocks, bare, crypto, no_socket]
