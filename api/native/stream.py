"""/v1/stream: one path, on which a client gets server-sent events, or a WebSocket."""

from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import parse_qs

from litestar import Response, WebSocket, get, websocket
from litestar.datastructures import State
from litestar.openapi.spec import Example
from litestar.params import HeaderParameter, QueryParameter
from litestar.response.base import ASGIResponse

from api import times
from api.display import DECIMALS, Decimals, TimeStyle
from api.errors import InvalidParameter, Problem
from api.names import LIST_OF_SYMBOLS
from api.native import event_examples
from api.native.responses import stream_responses
from api.parameters import Source
from api.stream import request as requests
from api.stream.hub import Hub
from api.stream.opening import opening
from api.stream.rendering import subscribed_body
from api.stream.request import DEFAULT_TIMEFRAME, MOST_TIMEFRAMES, Asked
from api.stream.session import Session
from api.stream.sse import EventStream
from api.stream.subscription import CHANNELS, TRADES
from api.stream.websocket import REFUSED, Connection, asked_of, fault_message
from db.tables.display import TIME_STYLES

MOST_SYMBOLS = 1000  # by default, see api.settings

StreamSymbols = Annotated[
    list[str],
    QueryParameter(
        description="Instruments, separated by commas or in repeated parameters. One of which "
        "nothing is stored yet is followed as it is written.",
        schema_extra=LIST_OF_SYMBOLS | {"max_items": MOST_SYMBOLS},
        examples=[Example(value=["AAPL,MSFT"])],
    ),
]
Channels = Annotated[
    str,
    QueryParameter(
        description=f"What is followed, separated by commas: of {', '.join(CHANNELS)}. bars are "
        "final ones, and those that change later; provisional are unfinished ones.",
        examples=[Example(value="trades,bars")],
    ),
]
Timeframes = Annotated[
    str,
    QueryParameter(
        description=f"Widths of bars, separated by commas, {MOST_TIMEFRAMES} at most, as of "
        "/v1/bars.",
        examples=[Example(value="1m,5m")],
    ),
]
Since = Annotated[
    str | None,
    QueryParameter(
        description="Start of the history that comes first, in the forms of a start; without it "
        "and without a place to resume, the stream begins now.",
        schema_extra={"pattern": times.PATTERN},
    ),
]
Resume = Annotated[
    str | None,
    QueryParameter(
        description="Place of the last message that was received: the stream goes on after it, "
        "whatever `since` says. The header Last-Event-ID does the same, and counts before it.",
        schema_extra={"pattern": "^[A-Za-z0-9_-]*$"},
    ),
]
LastEventId = Annotated[
    str | None, HeaderParameter(name="Last-Event-ID", description="As `resume`, of browsers.")
]


@get(
    "/stream",
    summary="Trades, quotes and bars as they are committed",
    tags=["Native"],
    responses=stream_responses(event_examples.STREAM, 422, 503, 504),
)
async def stream(
    state: State,
    symbols: StreamSymbols,
    channels: Channels = TRADES,
    timeframe: Timeframes = DEFAULT_TIMEFRAME,
    source: Source = None,
    since: Since = None,
    resume: Resume = None,
    last_event_id: LastEventId = None,
    ts: TimeStyle = TIME_STYLES[0],
    decimals: Decimals = DECIMALS[0],
) -> Response[bytes]:
    """Sends a message per commit, as server-sent events; as WebSocket on the same path.

    Each message has `resume`, the place after it, and `events`. With `since` the history comes
    first; then the event `live`. Every event is given once, over any number of breaks.
    """
    asked = Asked(
        symbols=symbols,
        channels=channels,
        timeframe=timeframe,
        source=source,
        since=since,
        resume=last_event_id or resume,
        ts=ts,
        decimals=decimals,
    )
    wanted = await requests.parse(state, asked)
    begin = await opening(state.reader, wanted.subscription, wanted.since, wanted.token)
    hub: Hub = state.hub
    session = Session(hub, state.reader, begin)
    first = subscribed_body(session.view, wanted.unknown)
    return _Response(EventStream(hub, session, begin.subscription.display, first))


@websocket("/stream")
async def stream_socket(socket: WebSocket[Any, Any, State], state: State) -> None:
    """Serves the stream as WebSocket."""
    scope = socket.scope
    send: Any = socket.send
    await socket.accept()
    with suppress(OSError):  # the client has gone
        try:
            asked = asked_of(parse_qs(scope["query_string"].decode("latin-1")))
        except InvalidParameter as problem:
            await _refuse(send, problem)
            return
        key = scope.get("state", {}).get("api_key")
        await Connection(state, send, asked).serve(socket.receive, key)


async def _refuse(send: Any, problem: Problem) -> None:
    await send({"type": "websocket.send", "text": fault_message(problem).decode()})
    await send({"type": "websocket.close", "code": REFUSED, "reason": problem.detail[:100]})


class _Response(Response[bytes]):
    def __init__(self, answer: ASGIResponse) -> None:
        super().__init__(b"")
        self._answer = answer

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIResponse:
        return self._answer


ROUTES = (stream, stream_socket)
