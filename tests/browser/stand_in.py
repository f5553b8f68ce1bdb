"""A stream of bars in place of /v1/stream, until the API has one: it polls SQL for what changed."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

import psycopg

from api.http.asgi import App, Receive, Scope, Send

BARS = """
select json_build_object(
    'type', 'bar', 'symbol', %(symbol)s, 'timeframe', %(timeframe)s,
    't', to_char(bucket at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'o', open, 'h', high, 'l', low, 'c', close, 'v', volume, 'n', tick_count, 'vw', vwap,
    'final', bucket + interval '1 minute' <= now()
)::text
from market.candles(%(symbol)s, %(timeframe)s, %(since)s::timestamptz)
order by bucket
"""


class StandIn:
    """Answers /v1/stream, and leaves the rest to the API."""

    def __init__(self, app: App, database_url: str) -> None:
        self._app, self._url = app, database_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/v1/stream":
            await self._app(scope, receive, send)
            return
        query = {name: one[0] for name, one in parse_qs(scope["query_string"].decode()).items()}
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        left = asyncio.ensure_future(receive_disconnect(receive))
        sent: dict[str, str] = {}
        token = query.get("resume", query.get("since", ""))
        events: list[Any] = [{"type": "subscribed"}]
        while not left.done():
            for text in await asyncio.to_thread(self._bars, query, token):
                bar = json.loads(text)
                if sent.get(bar["t"]) != text:
                    sent[bar["t"]] = text
                    events.append(bar)
            events.append({"type": "live"})
            body = f"id: {token}\ndata: {json.dumps({'resume': token, 'events': events})}\n\n"
            await send({"type": "http.response.body", "body": body.encode(), "more_body": True})
            events = []
            await asyncio.wait([left], timeout=0.1)

    def _bars(self, query: dict[str, str], since: str) -> list[str]:
        with psycopg.connect(self._url) as conn:
            values = {"symbol": query["symbols"], "timeframe": query["timeframe"], "since": since}
            return [text for (text,) in conn.execute(BARS, values)]


async def receive_disconnect(receive: Receive) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
