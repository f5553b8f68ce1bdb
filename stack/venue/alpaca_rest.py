"""The history of Alpaca over HTTP, and the keys of its trades and quotes."""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import msgspec
from websockets.http11 import Request

from stack.venue.market import Deal, Market

LARGEST_PAGE = 10_000
EXCHANGE, TAPE = "V", "C"
SIDES = {"buy": "B", "sell": "S"}

encode = msgspec.json.Encoder(decimal_format="number").encode


class Venue(Protocol):
    """The state that answers depend on."""

    market: Market
    token: str
    page: int
    dead: dict[int, str]
    asked: list[dict[str, str]]


def answer(venue: Venue, request: Request) -> tuple[HTTPStatus, str]:
    """Returns the answer to a request like /v2/stocks/trades?symbols=..."""
    url = urlsplit(request.path)
    query = {key: values[0] for key, values in parse_qs(url.query).items()}
    venue.asked.append(query)
    headers = request.headers
    key, secret = headers.get("APCA-API-KEY-ID"), headers.get("APCA-API-SECRET-KEY")
    if f"{key}:{secret}" != venue.token:
        return HTTPStatus.FORBIDDEN, json.dumps({"message": "forbidden."})
    kind = url.path.rpartition("/")[2]
    if kind not in ("trades", "quotes"):
        return HTTPStatus.NOT_FOUND, json.dumps({"message": "endpoint not found."})
    symbol, start = query["symbols"], datetime.fromisoformat(query["start"])
    end = datetime.fromisoformat(query["end"])
    deals = [one for one in venue.market.deals.get(symbol, []) if start <= one.time <= end]
    first = int(query.get("page_token", "0"))
    last = first + min(int(query.get("limit", "1000")), venue.page)
    keys = trade_keys if kind == "trades" else quote_keys
    items = [keys(symbol, deal) | _update(venue, deal) for deal in deals[first:last]]
    token = str(last) if last < len(deals) else None
    found = {symbol: items} if items else None
    return HTTPStatus.OK, encode({kind: found, "next_page_token": token}).decode()


def trade_keys(symbol: str, deal: Deal) -> dict[str, Any]:
    """Returns the keys of a trade that stream and history share."""
    keys = {"i": deal.id, "p": deal.price, "s": deal.qty, "t": time_text(deal.time)}
    if "/" in symbol:
        return keys | {"tks": SIDES[deal.side]}
    return keys | {"x": EXCHANGE, "c": ["@"], "z": TAPE}


def quote_keys(symbol: str, deal: Deal) -> dict[str, Any]:
    """Returns the keys of a quote around the price of a trade."""
    keys = {"bp": deal.price - 1, "bs": 2, "ap": deal.price + 1, "as": 3}
    keys["t"] = time_text(deal.time)
    if "/" in symbol:
        return keys
    return keys | {"bx": EXCHANGE, "ax": EXCHANGE, "c": ["R"], "z": TAPE}


def time_text(time: datetime) -> str:
    """Returns a time as Alpaca writes it, with nanoseconds that are zero."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def _update(venue: Venue, deal: Deal) -> dict[str, str]:
    return {"u": venue.dead[deal.id]} if deal.id in venue.dead else {}
