"""The settings of feeds: options of sources from a file, or from a command line; tokens by name.

A token is never a part of a command line: it stands in the environment, or in a file.
"""

import importlib
import pkgutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from db.errors import SettingsError, UsageError
from ingest.feed import tokens
from ingest.feed.source import Options, Source

HISTORY = "history"  # the table of histories, which are no live sources


def names() -> list[str]:
    """Returns the live sources there are; binance.agg is a module of the folder binance."""
    found = [one for name in tokens.sources() for one in (name, *_within(name))]
    return [name for name in found if hasattr(_module(name), "source")]


def create(name: str, options: Options, environ: Mapping[str, str]) -> Source:
    """Returns a source; raises UsageError for an unknown one, SettingsError for its token."""
    if name not in names():
        known = ", ".join(names())
        raise UsageError(
            f"there is no live source {name!r}; known are {known}; histories stand in feeds.toml"
            f" as [{HISTORY}.dukascopy]"
        )
    found: Source = _module(name).source(_completed(name, options, environ))
    if options.idle_seconds is not None:
        found.idle_seconds = options.idle_seconds
    return found


def _completed(name: str, options: Options, environ: Mapping[str, str]) -> Options:
    """Returns options with those of the environment; raises UsageError for what a venue lacks."""
    feeds = getattr(_module(name), "FEEDS", ())
    has_accounts = getattr(_module(name), "HAS_ACCOUNTS", False)
    feed = options.feed or (tokens.value(name, "FEED", environ) if feeds else "")
    account = options.account or (tokens.value(name, "ACCOUNT", environ) if has_accounts else "")
    if feed and feed not in feeds:
        known = f"it has {', '.join(feeds)}" if feeds else "it has only one"
        raise UsageError(f"{name} has no feed {feed!r}: {known}")
    if account and not has_accounts:
        raise UsageError(f"{name} has no accounts to choose from")
    token = tokens.read(name, environ, options.token_file)
    return msgspec.structs.replace(options, token=token, feed=feed, account=account)


def read_file(path: Path) -> dict[str, Options]:
    """Returns the options of each source in a file of TOML; raises SettingsError."""
    return options(path, read_tables(path))


def options(path: Path, tables: Mapping[str, object]) -> dict[str, Options]:
    """Returns the options of each source in the tables of a file; raises SettingsError."""
    sources = {name: table for name, table in tables.items() if name != HISTORY}
    return {name: _options(path, name, table) for name, table in _flat(sources).items()}


def read_tables(path: Path) -> dict[str, object]:
    """Returns the tables of a file: HISTORY, and one per source; raises SettingsError."""
    try:
        tables = tomllib.loads(path.read_text())
    except FileNotFoundError as error:
        raise SettingsError(
            f"{path} does not exist: copy feeds.example.toml to it, or name a SOURCE: "
            "stockpulse feed kraken --symbols BTC/USD"
        ) from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
    if not tables:
        raise SettingsError(f"{path} names no source; a table of it is [kraken]")
    return tables


def _flat(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the tables by source: to TOML, [binance.agg] is a table within [binance]."""
    found: dict[str, Any] = {}
    for name, table in tables.items():
        values = table.items() if isinstance(table, dict) else []
        inner = {f"{name}.{key}": one for key, one in values if isinstance(one, dict)}
        own = {key: one for key, one in values if not isinstance(one, dict)}
        if own or not inner:
            found[name] = own if isinstance(table, dict) else table
        found |= inner
    return found


def _options(path: Path, name: str, table: object) -> Options:
    if isinstance(table, dict) and "token" in table:
        raise SettingsError(
            f"{path}, [{name}]: a token does not belong here; name a file in token_file, "
            f"or set STOCKPULSE_{name.partition('.')[0].upper()}_TOKEN"
        )
    try:
        return msgspec.convert(table, Options)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}, [{name}]: {error}") from error


def _module(name: str) -> Any:
    return importlib.import_module(f"ingest.sources.{name}")


def _within(name: str) -> list[str]:
    """Returns the modules of a source that is a folder."""
    path = getattr(_module(name), "__path__", [])
    return [f"{name}.{one.name}" for one in pkgutil.iter_modules(path)]
