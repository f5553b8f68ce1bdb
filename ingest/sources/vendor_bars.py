"""Bars of any vendor: what an answer may say instead, and a bar as an outgoing message."""

from datetime import datetime

from ingest.formats import bar_message
from ingest.formats.bar_message import BarMessage
from ingest.kafka.producer import OutgoingMessage


class LimitMet(Exception):
    """The vendor takes no more requests for a while; the text is the reason."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds  # to wait


class NotGiven(Exception):
    """The vendor has answered without bars; the text is the reason, one line."""


def outgoing(bar: BarMessage) -> OutgoingMessage:
    """Returns a bar as it is published."""
    return OutgoingMessage(bar.symbol, bar_message.encode(bar))


def one_line(text: str, secret: str = "") -> str:
    """Returns a text of the vendor as one line of at most 300 characters, without a secret."""
    line = " ".join(text.split())
    return (line.replace(secret, "***") if secret else line)[:300]


def has_ended(start: datetime, seconds: int, now: datetime) -> bool:
    """Returns whether a bar of so many seconds has ended."""
    return (now - start).total_seconds() >= seconds
