"""Rows of market.trades and market.quotes as messages that are stored with equal columns.

But for those that belong to the database: the batch, the masks and the version of their rules.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ingest.files import members, moments
from ingest.files.layout import FileOptions, Message
from ingest.files.members import Members
from ingest.formats.events import LARGEST_SEQUENCE, Kind
from ingest.formats.fields import shown
from ingest.formats.times import SECOND_LENGTH

FLAGS = ',"flags":["backfill","stored"]}'
COMMON = ("ts", "ns", "symbol", "source", "seq", "tick_id")
MARKS = ("exchange", "tape", "conditions", "received_at")
NUMBERS: Mapping[Kind, tuple[str, ...]] = {
    "trade": ("price", "size", "side"),
    "quote": ("bid", "ask", "bid_size", "ask_size"),
}
COLUMNS = {kind: (*COMMON, *numbers, *MARKS) for kind, numbers in NUMBERS.items()}

Member = Callable[[Any], str]


def kind_of(names: Sequence[str]) -> Kind | None:
    """Returns the kind of events whose columns are all there."""
    return next((kind for kind, columns in COLUMNS.items() if {*columns} <= {*names}), None)


class Reader:
    """Reads rows of the COLUMNS of a kind: texts, "" for null, lists of conditions or None.

    Times are of UTC, with six decimals or more and Z. Counts the events without an id.
    """

    def __init__(self, kind: Kind, options: FileOptions) -> None:
        self.nameless = 0
        self._kind = kind
        self._heads: dict[str, Members] = {}
        limit = options.limits.get(kind)
        self._seconds = Members(lambda second: moments.checked(second, limit))
        self._ids = members.ids("tick_id")
        read: dict[str, Member] = {
            "price": members.prices().__getitem__,
            "bid": members.sides_of_quotes("bid").__getitem__,
            "ask": members.sides_of_quotes("ask").__getitem__,
            "side": members.words("side", {"buy": "buy", "sell": "sell", "": ""}).__getitem__,
            "exchange": members.labels("exchange").__getitem__,
            "tape": members.labels("tape").__getitem__,
            "conditions": _Lists().member,
            "received_at": self._received,
        }
        self._rest: list[Member] = [
            read.get(name) or members.sizes(name).__getitem__
            for name in COLUMNS[kind][len(COMMON) :]
        ]

    def read(self, row: Sequence[Any]) -> Message:
        """Returns the message of a row; raises ValueError or TooOld."""
        time, below, symbol, source, seq, tick_id, *rest = row
        heads = self._heads.get(source) or self._head(source)
        moment = f"{self._seconds[time[:SECOND_LENGTH]]}{time[SECOND_LENGTH:26]}{_nanos(below)}Z"
        fields = "".join([member(cell) for member, cell in zip(self._rest, rest, strict=True)])
        if not (seq.isdecimal() and int(seq) <= LARGEST_SEQUENCE):
            raise ValueError(f"seq is {shown(seq)}" if seq else "seq is missing")
        if tick_id:
            fields += f',"dedupe_id":{self._ids[tick_id]}'
        else:
            self.nameless += 1
        return symbol, f'{heads[symbol]}{moment}"{fields},"seq":{seq}{FLAGS}'.encode()

    def _head(self, source: str) -> Members:
        if not source.strip():
            raise ValueError("source is missing")
        return self._heads.setdefault(source, members.heads(source, self._kind))

    def _received(self, time: str) -> str:
        if not time:
            return ""
        second = moments.checked(time[:SECOND_LENGTH], None)
        return f',"received_at":"{second}{time[SECOND_LENGTH:26]}Z"'


def _nanos(text: str) -> str:
    if text == "0":
        return ""
    if not (text.isdecimal() and int(text) < 1000):
        raise ValueError(f"ns is {shown(text)}, not from 0 to 999")
    return text.rjust(3, "0")


class _Lists:
    """The members of conditions; few are different."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], str] = {}

    def member(self, texts: list[str | None] | None) -> str:
        """Returns the member of a list; None is none, and an empty list stays one."""
        if texts is None:
            return ""
        key = tuple(members.label(text or "", "conditions") for text in texts)
        known = self._known
        if len(known) > members.MOST_REMEMBERED:
            known.clear()
        return known.get(key) or known.setdefault(key, f',"conditions":{members.listed(key)}')
