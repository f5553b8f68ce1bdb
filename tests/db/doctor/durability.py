"""The settings that the tests' server runs without, for the whole server."""

from typing import Any

import psycopg

from tests.support import UNSAFE, wait_until


def set_durability(conn: psycopg.Connection[Any], value: str) -> None:
    """Sets fsync and full_page_writes to "on" or "off" and waits until they apply."""
    for name in UNSAFE:
        conn.execute(f"alter system set {name} = {value}")  # type: ignore[arg-type]
    conn.execute("select pg_reload_conf()")
    for name in UNSAFE:
        wait_until(lambda: conn.execute(f"show {name}").fetchone() == (value,), name)  # noqa: B023
