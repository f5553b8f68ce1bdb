"""Markers of feeds, native messages of the kind `feed`: what a source has sent, and what it missed.

feed_message.py has the messages that publishers write. A marker holds no event and changes none.
"""

from typing import Any, Literal, get_args

import msgspec

from ingest.formats import fields, instrument
from ingest.formats.events import Kind
from ingest.formats.fields import Malformed, Payload
from ingest.formats.instrument import Instrument

LONGEST_REASON = 200  # characters; a longer one is cut

State = Literal["start", "heartbeat", "end", "stop", "gap", "fill"]


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """One marker; what its state does not have is None.

    Times are microseconds since 2000-01-01 UTC. `symbol` and `event_kind` name the series, which
    heartbeats and ends do not: they are about all of the session's in their partition. The ids are
    those of the first and the last event that are missing. A start may describe its instrument.
    """

    state: State
    source: str
    session: str
    symbol: str | None = None
    event_kind: Kind | None = None
    since: int | None = None
    until: int | None = None
    first_id: str | None = None
    last_id: str | None = None
    reason: str | None = None
    instrument: Instrument | None = None

    @property
    def latest(self) -> int:
        """The latest time that it names."""
        return max(time for time in (self.since, self.until) if time is not None)


class _Marked(msgspec.Struct, gc=False):
    v: Literal[1]
    kind: Literal["feed"]


_read_marked = msgspec.json.Decoder(_Marked).decode


def is_marker(value: bytes | None) -> bool:
    """Returns whether a message is a marker, maybe a malformed one, and nothing else."""
    if value is None or b'"feed"' not in value:
        return False
    try:
        _read_marked(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def decode(payload: Payload) -> Marker:
    """Returns the marker of a message; raises Malformed."""
    state: Any = payload.get("state")
    if state not in get_args(State):
        raise Malformed("unknown state", f"state is {fields.shown(state)}")
    of_series = state not in ("heartbeat", "end")
    since = _time(payload, "since") if state in ("start", "gap", "fill") else None
    until = _time(payload, "until") if state != "start" else None
    if since is not None and until is not None:
        _check_order(state, since, until)
    has_ids = state == "gap"
    return Marker(
        state=state,
        source=fields.source(payload, "source"),
        session=fields.required_identity(payload, "session"),
        symbol=fields.symbol(payload, "symbol") if of_series else None,
        event_kind=_event_kind(payload) if of_series else None,
        since=since,
        until=until,
        first_id=fields.identity(payload, "first_id") if has_ids else None,
        last_id=fields.identity(payload, "last_id") if has_ids else None,
        reason=_reason(payload),
        instrument=instrument.read(payload, "instrument") if state == "start" else None,
    )


def _time(payload: Payload, key: str) -> int:
    return fields.time(payload, key).us


def _check_order(state: State, since: int, until: int) -> None:
    """Refuses a range that ends before it starts; events may be missing within a microsecond."""
    if until < since or (until == since and state != "gap"):
        raise Malformed("bad until", f"until is not after since in a {state}")


def _event_kind(payload: Payload) -> Kind:
    kind: Any = payload.get("event_kind")
    if kind not in get_args(Kind):
        raise Malformed("unknown kind", f"event_kind is {fields.shown(kind)}, not trade or quote")
    return kind  # type: ignore[no-any-return]


def _reason(payload: Payload) -> str | None:
    reason = payload.get("reason")
    if reason is None or reason == "":
        return None
    if not isinstance(reason, str):
        raise Malformed("wrong type", f"reason is {fields.shown(reason)}, not a string")
    if not reason.isprintable():
        raise Malformed("bad reason", f"reason is {fields.shown(reason)}")
    return reason[:LONGEST_REASON]
