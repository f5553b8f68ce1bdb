"""The settings of feeds: options of sources from a file, or from a command line; tokens by name.

A token is never a part of a command line: it stands in the environment, or in a file.
"""

import importlib
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
    """Returns the live sources there are."""
    return [name for name in tokens.sources() if hasattr(_module(name), "source")]


def create(name: str, options: Options, environ: Mapping[str, str]) -> Source:
    """Returns a source; raises UsageError for an unknown one, SettingsError for its token."""
    if name not in names():
        raise UsageError(f"there is no live source {name!r}; known are {', '.join(names())}")
    token = tokens.read(name, environ, options.token_file)
    found: Source = _module(name).source(msgspec.structs.replace(options, token=token))
    if options.idle_seconds is not None:
        found.idle_seconds = options.idle_seconds
    return found


def read_file(path: Path) -> dict[str, Options]:
    """Returns the options of each source in a file of TOML; raises SettingsError."""
    return options(path, read_tables(path))


def options(path: Path, tables: Mapping[str, object]) -> dict[str, Options]:
    """Returns the options of each source in the tables of a file; raises SettingsError."""
    return {name: _options(path, name, table) for name, table in tables.items() if name != HISTORY}


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


def _options(path: Path, name: str, table: object) -> Options:
    if isinstance(table, dict) and "token" in table:
        raise SettingsError(
            f"{path}, [{name}]: a token does not belong here; name a file in token_file, "
            f"or set STOCKPULSE_{name.upper()}_TOKEN"
        )
    try:
        return msgspec.convert(table, Options)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}, [{name}]: {error}") from error


def _module(name: str) -> Any:
    return importlib.import_module(f"ingest.sources.{name}")
