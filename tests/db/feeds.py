"""Markers of feeds written to the ledger as the loader does it, and what is then known."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg

_offsets = itertools.count()

Marker = dict[str, Any]


def start(
    since: str, symbol: str = "AAPL", kind: str = "trade", session: str = "one", **others: Any
) -> Marker:
    """Returns the start of a series; times are texts of UTC."""
    return _marker("start", session, symbol=symbol, event_kind=kind, since=since, **others)


def heartbeat(until: str, session: str = "one", **others: Any) -> Marker:
    return _marker("heartbeat", session, until=until, **others)


def end(until: str, session: str = "one", **others: Any) -> Marker:
    return _marker("end", session, until=until, reason="stopped", **others)


def stop(
    until: str, symbol: str = "AAPL", kind: str = "trade", session: str = "one", **others: Any
) -> Marker:
    return _marker("stop", session, symbol=symbol, event_kind=kind, until=until, **others)


def gap(since: str, until: str, symbol: str = "AAPL", kind: str = "trade", **others: Any) -> Marker:
    return _marker(
        "gap", "one", symbol=symbol, event_kind=kind, since=since, until=until,
        **{"reason": "ids jumped"} | others,
    )  # fmt: skip


def fill(since: str, until: str, symbol: str = "AAPL", kind: str = "trade") -> Marker:
    return _marker("fill", "fill", symbol=symbol, event_kind=kind, since=since, until=until)


def _marker(state: str, session: str, **others: Any) -> Marker:
    origin = {"topic": "t", "partition": 0, "offset": next(_offsets)}
    marker = {"state": state, "source": "sim", "session": session, **origin, **others}
    for name in ("since", "until"):
        if name in marker:
            marker[name] = datetime.fromisoformat(marker[name]).replace(tzinfo=UTC).isoformat()
    return marker


def add(conn: psycopg.Connection[Any], *markers: Marker) -> None:
    """Adds markers in one batch."""
    conn.execute("select ops.add_feed_markers(%s::json)", [msgspec.json.encode(markers).decode()])


def covered(conn: psycopg.Connection[Any], symbol: str, **parameters: Any) -> list[tuple[str, ...]]:
    """Returns (since, until, state) of market.coverage(), as it is called with parameters."""
    return _rows(conn, "since, until, state", "coverage", symbol, parameters)


def gaps(conn: psycopg.Connection[Any], symbol: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """Returns (since, until, reason, first id, last id) of market.gaps()."""
    return _rows(conn, "since, until, reason, first_id, last_id", "gaps", symbol, parameters)


def _rows(
    conn: psycopg.Connection[Any],
    columns: str,
    function: str,
    symbol: str,
    parameters: dict[str, Any],
) -> list[tuple[Any, ...]]:
    named = "".join(f", {name} => %({name})s" for name in parameters)
    rows = conn.execute(
        f"select {columns} from market.{function}(%(symbol)s{named})",  # type: ignore[arg-type]
        {"symbol": symbol, **parameters},
    ).fetchall()
    return [(_text(row[0]), _text(row[1]), *row[2:]) for row in rows]


def _text(time: datetime) -> str:
    """Writes a time of UTC without what is zero: 2026-02-27 12:05."""
    text = time.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return text if time.second or time.microsecond else text[:16]


def ago(**span: float) -> str:
    """Returns the time a while ago."""
    return (datetime.now(UTC) - timedelta(**span)).replace(tzinfo=None).isoformat()
