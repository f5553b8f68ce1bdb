"""The messages of a client: auth, subscribe and unsubscribe, each a map with an action."""

from typing import Annotated

import msgspec

from api.alpaca.stream.codes import Code, StreamError
from api.alpaca.stream.wire import Wire
from api.errors import InvalidParameter
from api.names import SYMBOL_LENGTH, parse_symbol

EVERY = "*"
# Channels as Alpaca names them, in the order of its answers, and those that only stocks have.
SERVED = ("trades", "quotes", "bars", "updatedBars", "dailyBars")
NOT_SERVED = {
    "statuses": "no trading statuses are stored, so none come",
    "lulds": "no price bands are stored, so none come",
    "orderbooks": "no order books are stored; quotes have the best bid and ask",
    "imbalances": "no imbalances are stored, so none come",
    "news": "no news are stored, so none come",
}

Names = list[Annotated[str, msgspec.Meta(min_length=1, max_length=SYMBOL_LENGTH)]]


class Auth(msgspec.Struct, frozen=True, tag_field="action", tag="auth"):
    """The two keys of a client; either may be the API key."""

    key: str | None = None
    secret: str | None = None


class Channels(msgspec.Struct, frozen=True, tag_field="action", forbid_unknown_fields=True):
    """Symbols by channel."""

    trades: Names = []
    quotes: Names = []
    bars: Names = []
    updatedBars: Names = []  # noqa: N815
    dailyBars: Names = []  # noqa: N815
    statuses: Names = []
    lulds: Names = []
    orderbooks: Names = []
    imbalances: Names = []
    news: Names = []

    @property
    def served(self) -> dict[str, list[str]]:
        """Returns the channels with symbols that are served, each symbol once."""
        return {
            channel: list(dict.fromkeys(names))
            for channel in SERVED
            if (names := getattr(self, channel))
        }

    @property
    def not_served(self) -> list[str]:
        """Returns the channels with symbols that are not served."""
        return [channel for channel in NOT_SERVED if getattr(self, channel)]


class Subscribe(Channels, frozen=True, tag="subscribe"):
    """Adds symbols to what a client gets."""


class Unsubscribe(Channels, frozen=True, tag="unsubscribe"):
    """Takes symbols from what a client gets."""


Request = Auth | Subscribe | Unsubscribe


def parse(wire: Wire, data: bytes) -> Request:
    """Returns the request in a frame; raises StreamError if it is none."""
    try:
        request: Request = wire.decode(data, Request)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StreamError(Code.SYNTAX, _plain(error)) from error
    if isinstance(request, Channels):
        _check(request)
    return request


def _check(request: Channels) -> None:
    if not request.served and not request.not_served:
        raise StreamError(Code.SYNTAX, f"no symbols; the channels are {', '.join(SERVED)}")
    for channel, names in request.served.items():
        for name in names:
            try:
                parse_symbol(channel, name)
            except InvalidParameter as error:
                raise StreamError(Code.SYNTAX, error.detail) from error


def _plain(error: Exception) -> str:
    """Returns what is wrong, in words that name the member."""
    text = str(error)
    return text[:1].lower() + text[1:]
