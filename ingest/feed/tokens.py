"""The environment variables with the tokens of sources, STOCKPULSE_FINNHUB_TOKEN and the like."""

import pkgutil
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from db.errors import SettingsError

SUFFIXES = ("_TOKEN", "_TOKEN_FILE")


def variables() -> list[str]:
    """Returns the variables of all sources."""
    return [f"STOCKPULSE_{name.upper()}{suffix}" for name in sources() for suffix in SUFFIXES]


def sources() -> list[str]:
    """Returns the modules of ingest/sources, live sources and others."""
    return [one.name for one in pkgutil.iter_modules([str(files("ingest") / "sources")])]


def read(source: str, environ: Mapping[str, str], file: str = "") -> str:
    """Returns the token of a source, else that in `file`, empty if there is none.

    Sources of one venue share it: binance.agg has that of binance. Raises SettingsError if a file
    cannot be read.
    """
    venue = source.partition(".")[0].upper()
    token, token_file = (environ.get(f"STOCKPULSE_{venue}{one}") for one in SUFFIXES)
    path = token_file or file
    if token or not path:
        return (token or "").strip()
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the token of {source} cannot be read from {path}: {error}") from error
