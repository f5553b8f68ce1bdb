"""The stream as WebSocket: a message per text frame, and requests that change what is followed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Annotated, Any, Literal

import msgspec
from litestar.datastructures import State

from api.errors import InvalidParameter, Problem
from api.stream import request
from api.stream.events import ENDED, Message
from api.stream.hub import Hub
from api.stream.opening import opening, sources_of
from api.stream.rendering import fault_body, message_body, subscribed_body
from api.stream.request import Asked
from api.stream.session import Session
from api.stream.subscription import BAR_CHANNELS, Subscription, Topic

WIRE = "websocket"
RESTARTS, REFUSED, LATER = 1012, 1008, 1013  # codes of a close
PARAMETERS = Asked.__struct_fields__

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Names = list[Annotated[str, msgspec.Meta(min_length=1)]]


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Symbols to follow further, or no more; channels without a word are those of the URL."""

    action: Literal["subscribe", "unsubscribe"]
    symbols: Names
    channels: Names | None = None
    timeframe: Names | None = None


class Connection:
    """One client, which has been accepted."""

    def __init__(self, state: State, send: Send, asked: Asked) -> None:
        self._state = state
        self._hub: Hub = state.hub
        self._send_event = send
        self._asked = asked
        self._session: Session | None = None
        self._subscription = Subscription(wanted={})

    async def serve(self, receive: Receive, key: Any) -> None:
        """Serves the client until it leaves, or a fault ends its stream."""
        try:
            wanted = await request.parse(self._state, self._asked)
            begin = await opening(
                self._state.reader, wanted.subscription, wanted.since, wanted.token
            )
            session = self._session = Session(self._hub, self._state.reader, begin)
            self._subscription = begin.subscription
            with self._hub.streams.opened(WIRE, key, session.end):
                await self._tell(subscribed_body(session.view, wanted.unknown))
                await self._exchange(receive, session)
        except Problem as problem:
            await self._send(fault_message(problem))
            code = LATER if problem.status in (429, 503) else REFUSED
            await self._close(code, problem.detail)

    async def _exchange(self, receive: Receive, session: Session) -> None:
        tasks = {
            asyncio.create_task(self._give(session)),
            asyncio.create_task(self._take(receive, session)),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            session.leave()
        for task in done:
            task.result()

    async def _give(self, session: Session) -> None:
        display = self._subscription.display
        fault = None
        async with aclosing(session.messages()) as messages:
            async for message in messages:
                await self._send(message_body(message, display))
                fault = message.fault
        if fault is not None:
            code = RESTARTS if fault.code == ENDED else REFUSED
            await self._close(code, fault.message)

    async def _take(self, receive: Receive, session: Session) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            try:
                asked = _parse(message.get("text") or message.get("bytes") or b"")
                unknown = await self._change(asked, session)
            except Problem as problem:
                await self._tell(fault_body(problem.slug, problem.detail))
            else:
                await self._tell(subscribed_body(session.view, unknown))

    async def _change(self, asked: Request, session: Session) -> list[str]:
        symbols, unknown = await request.parse_symbols(self._state, asked.symbols)
        before = session.view.subscription
        if asked.action == "unsubscribe":
            topics = [topic for topic in before.wanted if _is_meant(topic, asked)]
            await session.change(before.without(dict.fromkeys(topics, symbols)))
            return []
        topics = await request.parse_topics(
            self._state,
            asked.channels or request.split(self._asked.channels),
            asked.timeframe or request.split(self._asked.timeframe),
        )
        after = before.with_more(dict.fromkeys(topics, symbols))
        request.check_size(self._state, after)
        await session.change(await self._with_sources(after, session, symbols))
        return unknown

    async def _with_sources(
        self, subscription: Subscription, session: Session, symbols: frozenset[str]
    ) -> Subscription:
        new = symbols - session.view.sources.keys()
        if self._asked.source is not None:
            sources: Mapping[str, str] = dict.fromkeys(new, self._asked.source.lower())
        else:
            _, sources = await sources_of(self._state.reader, new)
        return msgspec.structs.replace(subscription, sources={**sources, **session.view.sources})

    async def _tell(self, event: bytes) -> None:
        resume = self._session.resume if self._session else ""
        display = self._subscription.display
        await self._send(message_body(Message((), resume), display, [event]))

    async def _send(self, body: bytes) -> None:
        await self._send_event({"type": "websocket.send", "text": body.decode()})

    async def _close(self, code: int, reason: str) -> None:
        await self._send_event({"type": "websocket.close", "code": code, "reason": reason[:100]})


def asked_of(query: Mapping[str, list[str]]) -> Asked:
    """Returns the parameters in a query string; raises InvalidParameter."""
    for name, values in query.items():
        if name not in PARAMETERS:
            raise InvalidParameter(name[:100], f"is none of {', '.join(PARAMETERS)}")
        if name != "symbols" and len(values) > 1:
            raise InvalidParameter(name, "must not be repeated")
    return Asked(
        symbols=query.get("symbols", []),
        **{name: values[0] for name, values in query.items() if name != "symbols"},
    )


def fault_message(problem: Problem) -> bytes:
    """Returns the message of a problem with which a stream does not even begin."""
    return b'{"resume":null,"events":[%s]}' % fault_body(problem.slug, problem.detail)


def _parse(data: str | bytes) -> Request:
    try:
        return msgspec.json.decode(data, type=Request)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidParameter(
            "message",
            'must be like {"action":"subscribe","symbols":["AAPL"],"channels":["trades"]}:'
            f" {error}",
        ) from None


def _is_meant(topic: Topic, asked: Request) -> bool:
    if asked.channels is not None and topic.channel not in asked.channels:
        return False
    return (
        asked.timeframe is None
        or topic.channel not in BAR_CHANNELS
        or topic.timeframe in asked.timeframe
    )
