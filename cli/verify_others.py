"""`stockpulse verify --against archive|spark`: candles compared with those of Iceberg tables."""

import sys
from datetime import datetime

from cli.progress import show_progress
from cli.settings import Settings
from cli.verify_report import report
from scale import extra

REMEDY = {
    "archive": "the archive has a day as it was when it was written; to write it again:"
    " stockpulse archive DAY",
    "spark": "Spark's are of the archive as it was; to make them again: stockpulse archive DAY,"
    " then stockpulse spark candles --since ... --until ...",
}


def verify_others(
    settings: Settings,
    *,
    against: str,
    since: datetime | None,
    until: datetime | None,
    symbol: str | None,
    source: str | None,
    patience: float,
) -> None:
    """Compares and prints; exits with 1 if a candle differs.

    So it does if candles are still pending after `patience` seconds, unless that is zero.
    """
    extra.require_archive()
    from scale import verify

    found = verify.verify(
        settings.spark,
        show_progress,
        against=against,
        since=since,
        until=until,
        symbol=symbol,
        source=source,
        patience=patience,
    )
    report(found, REMEDY[against])
    if found.wrong or (found.pending and patience):
        sys.exit(1)
