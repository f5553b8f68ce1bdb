"""The bars that a download is to ask for, and what became of it."""

from datetime import datetime
from typing import Literal

import msgspec

from ingest.kafka import topics

Vendor = Literal["alphavantage", "yahoo"]


class BarOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Bars of one vendor to download; symbols as the vendor writes them.

    Alpha Vantage: `months` like 2026-01, none: the newest bars; `recheck` asks for months again
    that are settled. It needs a token, and sends at most `requests_per_day`. Yahoo: bars from
    `since` on, None: of the last seven days; it reaches back 30 days at most.
    """

    vendor: Vendor
    symbols: tuple[str, ...]
    interval: str = "1m"
    months: tuple[str, ...] = ()
    recheck: bool = False
    since: datetime | None = None
    token: str = ""
    url: str = "https://www.alphavantage.co"
    requests_per_day: int = 25
    topic: str = topics.VENDOR_BARS


class BarReport(msgspec.Struct):
    """Counts of a run; `failures` has a line for each symbol that was not answered.

    `goes_on_at` is set if the vendor's limit ended the run, with `limit` as the reason: the same
    order goes on then with what it has not asked for.
    """

    bars: int = 0  # published
    requests: int = 0
    failures: list[str] = []
    limit: str | None = None
    goes_on_at: datetime | None = None
    interrupted: bool = False
