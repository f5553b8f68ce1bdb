"""Secrets from files: PGPASSWORD_FILE names a file that holds what PGPASSWORD would be set to.

A file shows in no list of processes and in no description of a container.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path

from db.errors import SettingsError

SUFFIX = "_FILE"
DATABASE = ("PGPASSWORD", "STOCKPULSE_DATABASE_URL", "STOCKPULSE_API_DATABASE_URL")
# Of librdkafka's settings only these: a few others end with `.file` by themselves.
KAFKA_PREFIX = "KAFKA_CONF_"
KAFKA_SECRETS = ("_USERNAME", "_PASSWORD", "_PASSPHRASE", "_SECRET", "_PEM")


def replace(environ: MutableMapping[str, str]) -> None:
    """Sets each variable to what its file holds, in place of the variable that names the file.

    Raises SettingsError if both are set, and for a file that cannot be read, is empty or has more
    than one line; no message holds what is in a file.
    """
    for name in _named(environ):
        path = environ.pop(name)
        if path:
            if environ.get(name.removesuffix(SUFFIX)):
                raise SettingsError(f"{name} and {name.removesuffix(SUFFIX)} are set: unset one")
            environ[name.removesuffix(SUFFIX)] = _secret(name, path)


def variables() -> list[str]:
    """Returns the variables of the database that name files."""
    return [name + SUFFIX for name in DATABASE]


def _named(environ: Mapping[str, str]) -> Iterator[str]:
    for name in list(environ):
        secret = name.removesuffix(SUFFIX)
        if name.endswith(SUFFIX) and (
            secret in DATABASE
            or (secret.startswith(KAFKA_PREFIX) and secret.endswith(KAFKA_SECRETS))
        ):
            yield name


def _secret(name: str, path: str) -> str:
    """Returns what is in a file, without the end of its line, which editors and `echo` write."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{name}: {path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # not UTF-8, or a path with a NUL
        raise SettingsError(f"{name}: {path} is not a text file in UTF-8") from error
    text = text.removesuffix("\n").removesuffix("\r")
    if not text.strip():
        raise SettingsError(f"{name}: {path} is empty; write the secret into it")
    if "\0" in text or ("\n" in text and not name.endswith("_PEM_FILE")):
        raise SettingsError(f"{name}: {path} has more than one line; it must hold the secret alone")
    return text
