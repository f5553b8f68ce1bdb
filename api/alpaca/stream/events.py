"""Trades, quotes and bars of the stream in Alpaca's members, from their JSON as /v1 has it."""

import re
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType

from api.alpaca.stream.wire import Wire

SIDES = {"buy": "B", "sell": "S"}
MINUTE, DAY = "1m", "1d"
# The letters that alpaca-py takes for the exchange of a correction or a cancel, and fails without.
EXCHANGES = frozenset("ABCDEHIJKLMNPQSTUVWXYZ")
NO_EXCHANGE = "E"  # "market independent"
_ID = re.compile(r"(?:[^:]*:)?(0|[1-9][0-9]{0,17})", re.ASCII)  # perhaps with its exchange
_ZERO = Raw(b"0")
_NULL = b"null"


class Message(NamedTuple):
    """An event as Alpaca has it, but for the head: type and symbol."""

    type: str
    body: bytes
    is_open: bool = False  # of a bucket that is under way


class Origin(msgspec.Struct, frozen=True):
    """An event before it was corrected or cancelled, as far as it is known."""

    i: str | None = None
    p: Raw = _ZERO
    s: Raw = _ZERO
    c: list[str] | None = None


class Trade(msgspec.Struct, frozen=True):
    """A trade of the stream."""

    t: str
    p: Raw
    s: Raw = _ZERO
    side: str | None = None
    x: str | None = None
    c: list[str] | None = None
    i: str | None = None
    z: str | None = None
    action: str = "new"
    was: Origin | None = None


class Quote(msgspec.Struct, frozen=True, rename={"ask_size": "as"}):
    """A quote of the stream."""

    t: str
    bp: Raw
    bs: Raw
    ap: Raw
    ask_size: Raw
    x: str | None = None
    c: list[str] | None = None
    z: str | None = None
    action: str = "new"


class Bar(msgspec.Struct, frozen=True):
    """A bar of the stream."""

    t: str
    timeframe: str
    o: Raw
    h: Raw
    l: Raw  # noqa: E741
    c: Raw
    v: Raw
    n: int | None
    vw: Raw
    final: bool
    revised: bool = False


class AlpacaTrade(msgspec.Struct, omit_defaults=True):
    """Members of Alpaca's message t; those that the source did not send are absent."""

    p: Any
    s: Any
    c: list[str]
    t: Any
    i: int | UnsetType = UNSET
    x: str | UnsetType = UNSET
    z: str | UnsetType = UNSET
    tks: str | UnsetType = UNSET


class AlpacaQuote(msgspec.Struct, rename={"ask_size": "as"}):
    """Members of Alpaca's message q."""

    bp: Any
    bs: Any
    ap: Any
    ask_size: Any
    c: list[str]
    t: Any
    bx: str | UnsetType = UNSET
    ax: str | UnsetType = UNSET
    z: str | UnsetType = UNSET


class AlpacaBar(msgspec.Struct):
    """Members of Alpaca's messages b, u and d."""

    o: Any
    h: Any
    l: Any  # noqa: E741
    c: Any
    v: Any
    n: int | None
    vw: Any
    t: Any


class AlpacaCorrection(msgspec.Struct):
    """Members of Alpaca's message c: the original and the corrected trade."""

    x: str
    op: Any
    os: Any
    oc: list[str]
    cp: Any
    cs: Any
    cc: list[str]
    z: str
    t: Any
    oi: int | UnsetType = UNSET
    ci: int | UnsetType = UNSET


class AlpacaCancel(msgspec.Struct):
    """Members of Alpaca's message x."""

    x: str
    p: Any
    s: Any
    z: str
    t: Any
    a: str = "C"
    i: int | UnsetType = UNSET


def trade(wire: Wire, event: bytes) -> Message:
    """Returns the message of a trade: new, corrected or cancelled."""
    of = msgspec.json.decode(event, type=Trade)
    match of.action:
        case "new":
            return Message("t", wire.encode(_new(wire, of)))
        case "corrected":
            return Message("c", wire.encode(_correction(wire, of)))
    return Message("x", wire.encode(_cancel(wire, of)))


def quote(wire: Wire, event: bytes) -> Message | None:
    """Returns the message of a quote; Alpaca has none of one that is cancelled."""
    of = msgspec.json.decode(event, type=Quote)
    if of.action == "cancelled":
        return None
    bid_at, _, ask_at = (of.x or "").partition("/")
    has_bid, has_ask = bytes(of.bp) != _NULL, bytes(of.ap) != _NULL
    members = AlpacaQuote(
        bp=wire.price(_known(of.bp)),
        bs=wire.size(_known(of.bs)),
        ap=wire.price(_known(of.ap)),
        ask_size=wire.size(_known(of.ask_size)),
        c=of.c or [],
        t=wire.time(of.t),
        bx=bid_at if bid_at and has_bid else UNSET,
        ax=(ask_at or bid_at) if bid_at and has_ask else UNSET,
        z=of.z or UNSET,
    )
    return Message("q", wire.encode(members))


def bar(wire: Wire, event: bytes) -> Message | None:
    """Returns the message of a final, a revised or a day's bar; there is none of other bars."""
    of = msgspec.json.decode(event, type=Bar)
    type_ = _type_of(of)
    if type_ is None or bytes(of.o) == _NULL:
        return None
    members = AlpacaBar(
        o=wire.price(of.o),
        h=wire.price(of.h),
        l=wire.price(of.l),
        c=wire.price(of.c),
        v=wire.size(_known(of.v)),
        n=of.n,
        vw=None if bytes(of.vw) == _NULL else wire.price(of.vw),
        t=wire.time(of.t),
    )
    return Message(type_, wire.encode(members), is_open=not of.final)


def _new(wire: Wire, of: Trade) -> AlpacaTrade:
    return AlpacaTrade(
        p=wire.price(of.p),
        s=wire.size(_known(of.s)),
        c=of.c or [],
        t=wire.time(of.t),
        i=_number(of.i),
        x=of.x or UNSET,
        z=of.z or UNSET,
        tks=SIDES.get(of.side or "", UNSET),
    )


def _correction(wire: Wire, of: Trade) -> AlpacaCorrection:
    was = of.was or Origin()
    return AlpacaCorrection(
        x=_exchange(of.x),
        op=wire.price(_known(was.p)),
        os=wire.size(_known(was.s)),
        oc=was.c or [],
        cp=wire.price(of.p),
        cs=wire.size(_known(of.s)),
        cc=of.c or [],
        z=of.z or "",
        t=wire.time(of.t),
        oi=_number(was.i),
        ci=_number(of.i),
    )


def _cancel(wire: Wire, of: Trade) -> AlpacaCancel:
    return AlpacaCancel(
        x=_exchange(of.x),
        p=wire.price(_known(of.p)),
        s=wire.size(_known(of.s)),
        z=of.z or "",
        t=wire.time(of.t),
        i=_number(of.i),
    )


def _type_of(of: Bar) -> str | None:
    if of.timeframe == DAY:
        return "d"
    if of.timeframe != MINUTE or not of.final:
        return None
    return "u" if of.revised else "b"


def _known(digits: Raw) -> Raw:
    """Returns a number, 0 for null, which would break the clients."""
    return _ZERO if bytes(digits) == _NULL else digits


def _exchange(code: str | None) -> str:
    return code if code and code in EXCHANGES else NO_EXCHANGE


def _number(tick_id: str | None) -> int | UnsetType:
    """Returns the id of a trade if it is a number, as the pages of /alpaca have it."""
    found = _ID.fullmatch(tick_id or "")
    return int(found[1]) if found else UNSET
