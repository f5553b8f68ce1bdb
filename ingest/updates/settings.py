"""The histories in feeds.toml: a table [history.NAME] each."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal

import msgspec

from db.errors import SettingsError, StockpulseError
from ingest.download.bars.order import BarOrder
from ingest.download.settings import ACCEPTED, DownloadSettings
from ingest.feed import tokens
from ingest.kafka import topics
from ingest.updates import bars, dukascopy
from ingest.updates.history import History


class DukascopyTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table [history.dukascopy]."""

    symbols: tuple[str, ...]
    since: datetime
    form: Literal["json", "bi5"] = "json"
    accept_terms: bool = False
    topic: str = topics.BACKFILL

    def history(self, settings: DownloadSettings, _environ: Mapping[str, str]) -> History:
        """Returns the history; raises SettingsError unless the terms are accepted."""
        if not self.accept_terms and settings.dukascopy_terms != ACCEPTED:
            raise SettingsError(
                "Dukascopy's terms of use forbid scraping and building databases of its data; if"
                " you may use it: accept_terms = true, or STOCKPULSE_DUKASCOPY_TERMS=accepted"
            )
        urls = {form: url.rstrip("/") for form, url in settings.urls().items()}
        return dukascopy.history(
            dukascopy.Options(
                symbols=self.symbols,
                since=self.since,
                url=urls[self.form],
                metadata_url=urls["json"],
                form=self.form,
                topic=self.topic,
            )
        )


class BarsTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options that the tables of bars have in common."""

    symbols: tuple[str, ...]
    since: datetime | None = None
    interval: str = "1m"
    topic: str = topics.VENDOR_BARS


class AlphaVantageTable(BarsTable, frozen=True, kw_only=True):
    """The table [history.alphavantage]; `since` is in the first month that is asked for."""

    token_file: str = ""

    def history(self, settings: DownloadSettings, environ: Mapping[str, str]) -> History:
        """Returns the history; raises SettingsError for a token file that cannot be read."""
        order = BarOrder(
            vendor="alphavantage",
            symbols=self.symbols,
            interval=self.interval,
            topic=self.topic,
            token=tokens.read("alphavantage", environ, self.token_file),
            url=settings.alphavantage_url,
            requests_per_day=settings.alphavantage_requests,
        )
        return bars.history(bars.Options(order=order, since=self.since))


class YahooTable(BarsTable, frozen=True, kw_only=True):
    """The table [history.yahoo]."""

    def history(self, _settings: DownloadSettings, _environ: Mapping[str, str]) -> History:
        """Returns the history."""
        order = BarOrder(
            vendor="yahoo", symbols=self.symbols, interval=self.interval, topic=self.topic
        )
        return bars.history(bars.Options(order=order, since=self.since))


Table = DukascopyTable | AlphaVantageTable | YahooTable
TABLES: dict[str, type[Table]] = {
    "dukascopy": DukascopyTable,
    "alphavantage": AlphaVantageTable,
    "yahoo": YahooTable,
}


def read(
    path: Path, tables: object, settings: DownloadSettings, environ: Mapping[str, str]
) -> list[History]:
    """Returns the histories of a file's table `history`; raises SettingsError."""
    if not isinstance(tables, dict):
        raise SettingsError(f"{path}: a history is a table of its own, [history.dukascopy]")
    return [_history(path, name, table, settings, environ) for name, table in tables.items()]


def _history(
    path: Path, name: str, table: object, settings: DownloadSettings, environ: Mapping[str, str]
) -> History:
    where = f"{path}, [history.{name}]"
    if name not in TABLES:
        raise SettingsError(f"{where}: there is no such history; known are {', '.join(TABLES)}")
    if isinstance(table, dict) and "token" in table:
        raise SettingsError(
            f"{where}: a token does not belong here; name a file in token_file, "
            f"or set STOCKPULSE_{name.upper()}_TOKEN"
        )
    try:
        history = msgspec.convert(_with_times(table), TABLES[name]).history(settings, environ)
        history.check()
    except (msgspec.ValidationError, StockpulseError) as error:
        raise SettingsError(f"{where}: {error}") from error
    return history


def _with_times(table: object) -> object:
    """Returns a table whose dates and times are times in UTC, unless they have an offset.

    Raises SettingsError if `since` is none, or is still to come.
    """
    if not isinstance(table, dict):
        return table
    times = {key: _time(value) for key, value in table.items() if isinstance(value, date)}
    if isinstance(text := table.get("since"), str):
        times["since"] = _read(text)
    if "since" in times and times["since"] > datetime.now(UTC):
        raise SettingsError(f"since is {times['since']:%Y-%m-%d %H:%M}, which is still to come")
    return {**table, **times}


def _read(text: str) -> datetime:
    try:
        return _time(datetime.fromisoformat(text))
    except ValueError:
        raise SettingsError(f"since is a date or a time, 2026-01-01, not {text!r}") from None


def _time(value: date) -> datetime:
    found = value if isinstance(value, datetime) else datetime.combine(value, time())
    return found if found.tzinfo else found.replace(tzinfo=UTC)
