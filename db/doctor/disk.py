"""Estimates when the disk will be full, if the server's data directory is on this machine."""

import shutil
from pathlib import Path
from typing import Any

import psycopg

from db import sql
from db.doctor.rules import Finding

WARNING_DAYS = 14
ERROR_DAYS = 3


def findings(conn: psycopg.Connection[Any]) -> list[Finding]:
    """Compares the free space with the growth of the last day."""
    row = conn.execute(sql.load("db.doctor", "growth")).fetchone()
    assert row is not None
    bytes_per_day, directory, is_local = row
    if not (is_local and directory and bytes_per_day and Path(directory).is_dir()):
        return []
    return judge(shutil.disk_usage(directory).free, bytes_per_day)


def judge(free: int, bytes_per_day: float) -> list[Finding]:
    """Returns a finding if `free` bytes last for less than WARNING_DAYS."""
    days = free / bytes_per_day
    if days >= WARNING_DAYS:
        return []
    return [
        Finding(
            "disk",
            "error" if days < ERROR_DAYS else "warning",
            f"the disk will be full in {days:.1f} days at the rate of the last day",
            "add disk space, or shorten keep in ops.lifecycle",
        )
    ]
