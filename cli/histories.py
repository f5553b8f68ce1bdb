"""The histories of feeds.toml, and what keeps them up to date."""

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.settings import Settings
from db.candles.progress import Progress
from ingest.download.clock import Clock
from ingest.feed.settings import HISTORY
from ingest.updates import ledger
from ingest.updates import settings as update_settings
from ingest.updates.history import History, Surroundings


def read(settings: Settings, path: Path, tables: Mapping[str, object]) -> list[History]:
    """Returns the histories among the tables of a file; raises SettingsError.

    Asks the venues for symbols that are not built in, as far as they answer.
    """
    if HISTORY not in tables:
        return []
    return update_settings.read(path, tables[HISTORY], settings.download, os.environ)


def reach(settings: Settings, histories: Sequence[History]) -> None:
    """Raises DatabaseAway or DatabaseRefused if the database cannot be used for histories."""
    for history in histories:
        with ledger.opened(settings.database_url, history.name, history.symbols) as opened:
            opened.check()


def surroundings(settings: Settings, stop: threading.Event, progress: Progress) -> Surroundings:
    """Returns the servers and the clock of this machine."""
    return Surroundings(settings.loader, settings.database_url, stop, progress, Clock())
