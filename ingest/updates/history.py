"""A history that is kept up to date: how often it is updated, and what a run does.

A history is a module of this package with a function that returns one; settings.py names it.
"""

import threading
from collections.abc import Callable, Collection, Sequence

import msgspec

from db.candles.progress import Progress
from ingest.download.clock import Clock
from ingest.kafka.settings import KafkaSettings
from ingest.updates.ledger import Ledger
from ingest.updates.outcome import Outcome
from ingest.updates.slots import Cadence, Run


class Surroundings(msgspec.Struct, frozen=True):
    """The servers of a process that updates histories, its clock, and the signal to stop."""

    kafka: KafkaSettings
    database_url: str
    stop: threading.Event
    progress: Progress
    clock: Clock


class History(msgspec.Struct, frozen=True):
    """A venue's history, with the options of its table in feeds.toml.

    `check` raises UsageError for a wrong symbol, as far as that is known before the first run.
    `run` brings the history up to date, and raises StockpulseError if that fails.
    """

    name: str
    symbols: Collection[str]  # as in the tables of the database
    cadences: Sequence[Cadence]  # those that bring the newest first
    check: Callable[[], None]
    run: Callable[[Run, Ledger, Surroundings], Outcome]
