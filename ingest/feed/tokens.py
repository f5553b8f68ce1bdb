"""The environment variables of sources: STOCKPULSE_FINNHUB_TOKEN, STOCKPULSE_OANDA_ACCOUNT."""

import pkgutil
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from db.errors import SettingsError

SUFFIXES = ("_TOKEN", "_TOKEN_FILE", "_FEED", "_ACCOUNT")


def variables() -> list[str]:
    """Returns the variables of all sources."""
    return [f"STOCKPULSE_{name.upper()}{suffix}" for name in sources() for suffix in SUFFIXES]


def sources() -> list[str]:
    """Returns the modules of ingest/sources, live sources and others."""
    return [one.name for one in pkgutil.iter_modules([str(files("ingest") / "sources")])]


def value(source: str, name: str, environ: Mapping[str, str]) -> str:
    """Returns a variable of a source, `name` is TOKEN, FEED, ACCOUNT; empty if it is not set.

    The sources of a venue share it: alpaca.crypto has those of alpaca.
    """
    venue = source.partition(".")[0].upper()
    return environ.get(f"STOCKPULSE_{venue}_{name}", "").strip()


def read(source: str, environ: Mapping[str, str], file: str = "") -> str:
    """Returns the token of a source, else that in `file`, empty if there is none.

    Raises SettingsError if a file cannot be read, or the token is none.
    """
    token = value(source, "TOKEN", environ)
    path = value(source, "TOKEN_FILE", environ) or file
    if not token and path:
        try:
            token = Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"the token of {source} cannot be read from {path}: {error}"
            ) from error
    if not token.isascii() or not token.isprintable():
        raise SettingsError(f"the token of {source} has characters that no token has")
    return token
