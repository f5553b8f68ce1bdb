"""The histories of feeds.toml, and what keeps them up to date."""

import threading
from collections.abc import Mapping
from pathlib import Path

from cli.settings import Settings
from db.candles.progress import Progress
from db.errors import SettingsError, StockpulseError
from ingest.download.clock import Clock
from ingest.feed.settings import HISTORY
from ingest.updates import ledger
from ingest.updates import settings as update_settings
from ingest.updates.history import History, Surroundings


def read(settings: Settings, path: Path, tables: Mapping[str, object]) -> list[History]:
    """Returns the histories among the tables of a file; raises SettingsError.

    Asks the database, which they need, and the venues for symbols that are not built in.
    """
    if HISTORY not in tables:
        return []
    histories = update_settings.read(path, tables[HISTORY], settings.download)
    try:
        for history in histories:
            with ledger.opened(settings.database_url, history.name) as opened:
                opened.check()
    except StockpulseError as error:
        raise SettingsError(
            f"{path}: [{HISTORY}.{history.name}] needs the database in STOCKPULSE_DATABASE_URL: "
            f"{error}"
        ) from error
    return histories


def surroundings(settings: Settings, stop: threading.Event, progress: Progress) -> Surroundings:
    """Returns the servers and the clock of this machine."""
    return Surroundings(settings.loader, settings.database_url, stop, progress, Clock())
