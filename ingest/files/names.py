"""Names of files without directories and endings; a dot within one stays: BRK.B of BRK.B.txt."""

import re

from db.errors import UsageError
from ingest.files.layout import FileFacts, FileOptions

ENDINGS = re.compile(r"(\.(csv|txt|tsv|zip|gz))+$", re.IGNORECASE)


def parts_of(file: FileFacts) -> list[str]:
    """Returns the names in a file's path from the last: that of a member, then of its archive."""
    return [ENDINGS.sub("", part) for part in reversed(file.name.split("/"))]


def base_of(file: FileFacts) -> str:
    """Returns the last name: BRK.B of kibot/BRK.B.txt.gz."""
    return parts_of(file)[0]


def found(file: FileFacts, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """Returns the match of a whole name in the path, the last one first."""
    return next((match for part in parts_of(file) if (match := pattern.fullmatch(part))), None)


def symbol_of(file: FileFacts, options: FileOptions, pattern: re.Pattern[str]) -> str:
    """Returns --symbol, else the first group of `pattern` in the file's path.

    Raises UsageError if there is neither, or if they are two symbols.
    """
    match = found(file, pattern)
    if options.symbol:
        if match and _letters(match[1]) not in _letters(options.symbol):
            raise UsageError(
                f"{file.name}: its name says {match[1]}, which is not --symbol {options.symbol}"
            )
        return options.symbol
    if match is None:
        raise UsageError(
            f"{file.name}: no symbol in its rows nor in its name: name it with --symbol"
        )
    return match[1]


def _letters(name: str) -> str:
    return re.sub(r"\W", "", name).upper()
