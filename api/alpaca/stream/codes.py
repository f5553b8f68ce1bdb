"""The errors of Alpaca's stream: its codes and words, and after a colon what is wrong here."""

from enum import IntEnum
from typing import Any


class Code(IntEnum):
    """Alpaca's codes of errors in a stream."""

    SYNTAX = 400
    NOT_AUTHENTICATED = 401
    AUTH_FAILED = 402
    AUTHENTICATED_BEFORE = 403
    AUTH_TIMEOUT = 404
    TOO_MANY_SYMBOLS = 405
    TOO_MANY_CONNECTIONS = 406
    SLOW_CLIENT = 407
    NOT_IN_SUBSCRIPTION = 409  # a feed that is not offered
    NOT_IN_FEED = 410  # a channel that the feed does not have
    INTERNAL = 500


WORDS = {
    Code.SYNTAX: "invalid syntax",
    Code.NOT_AUTHENTICATED: "not authenticated",
    Code.AUTH_FAILED: "auth failed",
    Code.AUTHENTICATED_BEFORE: "already authenticated",
    Code.AUTH_TIMEOUT: "auth timeout",
    Code.TOO_MANY_SYMBOLS: "symbol limit exceeded",
    Code.TOO_MANY_CONNECTIONS: "connection limit exceeded",
    Code.SLOW_CLIENT: "slow client",
    Code.NOT_IN_SUBSCRIPTION: "insufficient subscription",
    Code.NOT_IN_FEED: "invalid subscribe action for this feed",
    Code.INTERNAL: "internal error",
}
# After these the connection is of no use any more.
FATAL = frozenset({
    Code.AUTH_FAILED, Code.AUTH_TIMEOUT, Code.TOO_MANY_CONNECTIONS, Code.SLOW_CLIENT,
    Code.NOT_IN_SUBSCRIPTION, Code.INTERNAL,
})  # fmt: skip


# The statuses of a connection that the server ends: for a reason, or as it stops itself.
REFUSED, RESTART = 1008, 1012
REASON_BYTES = 123  # of a WebSocket


class StreamError(Exception):
    """An error that the client is told; the connection goes on unless its code is fatal."""

    def __init__(self, code: Code, detail: str = "", status: int = REFUSED) -> None:
        super().__init__(detail or WORDS[code])
        self.code = code
        self.detail = detail
        self.status = status  # with which the connection ends, if it does

    @property
    def is_fatal(self) -> bool:
        """Returns whether the connection ends with it."""
        return self.code in FATAL

    @property
    def words(self) -> str:
        """Returns Alpaca's words, and what is wrong here."""
        words = WORDS[self.code]
        return f"{words}: {self.detail}" if self.detail else words

    @property
    def reason(self) -> str:
        """Returns the words as far as the end of a WebSocket has room for them."""
        return self.words.encode()[:REASON_BYTES].decode(errors="ignore")

    def message(self) -> dict[str, Any]:
        """Returns Alpaca's message of it."""
        return {"T": "error", "code": int(self.code), "msg": self.words}
