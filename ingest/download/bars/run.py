"""The run of a download of bars: one request after another, each answer published at once."""

import threading

from ingest.download.bars.order import BarOrder, BarReport
from ingest.download.clock import Clock
from ingest.kafka.settings import KafkaSettings


def download_bars(
    settings: KafkaSettings,
    database_url: str,
    order: BarOrder,
    stop: threading.Event,
    clock: Clock | None = None,
) -> BarReport:
    """Publishes the bars of an order, until all is asked for, a limit is met or `stop` is set.

    Raises UsageError, SettingsError for a missing token, VenueAway, DatabaseAway, DatabaseRefused,
    BrokerAway, BrokerRefused.
    """
    raise NotImplementedError(settings, database_url, order, stop, clock)
