"""State of replication: slots, the standbys that are connected, and what a standby receives."""

from typing import Any, Literal

import msgspec
import psycopg

from db import sql


class Slot(msgspec.Struct, frozen=True):
    """A replication slot, and how much WAL it keeps; null if what its reader needs is lost."""

    slot: str
    kind: Literal["physical", "logical"]
    active: bool
    wal_status: str | None
    retained_bytes: int | None


class Replica(msgspec.Struct, frozen=True):
    """A standby that is connected.

    All but the name is null if the role may not see it; lag_seconds also while nothing is written.
    """

    name: str
    state: str | None
    sync_state: str | None
    behind_bytes: int | None
    lag_seconds: float | None


class Replication(msgspec.Struct, frozen=True):
    """Slots and standbys of one server; receives: whether a standby does, null on a primary."""

    slots: list[Slot]
    replicas: list[Replica]
    receives: bool | None


def read(conn: psycopg.Connection[Any]) -> Replication:
    """Returns the state of replication, as far as the role of `conn` may see it."""
    row = conn.execute(sql.load("db", "replication")).fetchone()
    assert row is not None
    return msgspec.json.decode(row[0], type=Replication)
