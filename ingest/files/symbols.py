"""The symbol of a file whose rows have none: the option's, or the one in the file's name."""

import re

from db.errors import UsageError
from ingest.files.layout import FileFacts, FileOptions


def of_file(file: FileFacts, options: FileOptions, pattern: re.Pattern[str]) -> str:
    """Returns --symbol, else the first group of `pattern` in the file's name.

    Raises UsageError if there is neither, or if they are two symbols.
    """
    found = pattern.fullmatch(file.stem)
    if options.symbol:
        if found and _letters(found[1]) not in _letters(options.symbol):
            raise UsageError(
                f"{file.name}: its name says {found[1]}, which is not --symbol {options.symbol}"
            )
        return options.symbol
    if found is None:
        raise UsageError(
            f"{file.name}: no symbol in its rows nor in its name: name it with --symbol"
        )
    return found[1]


def _letters(name: str) -> str:
    return re.sub(r"\W", "", name).upper()


def refuse_option(file: FileFacts, options: FileOptions) -> None:
    """Raises UsageError if --symbol is given for a file whose rows have symbols."""
    if options.symbol:
        raise UsageError(f"{file.name}: its rows have symbols, so --symbol cannot be given")


def at_venue(venue: str, name: str) -> str:
    """Returns VENUE:NAME; a name with a colon is one already."""
    return name if ":" in name else f"{venue}:{name}"
