"""The outcome of a download."""

from datetime import datetime

import msgspec


class DownloadReport(msgspec.Struct):
    """Counts of this run, and the states of all hours of its range.

    `failures` has a line for each hour that is corrupt or was not answered.
    """

    hours: int = 0  # published, those without ticks too
    ticks: int = 0
    replaced: int = 0  # of the hours: published again
    unchanged: int = 0  # hours that were published before as they are
    failures: list[str] = []
    states: dict[str, tuple[int, datetime | None]] = {}
    interrupted: bool = False
    given_up: bool = False
