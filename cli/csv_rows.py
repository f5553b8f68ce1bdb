"""CSV files with a header, read whole before anything is stored; faults are named by line."""

import csv
import re
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from db.errors import UsageError

# fromisoformat() and Decimal() also read 20260227, 2026-W09-5, 1_000 and other digits than these.
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
RATIO = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
FIRST_YEAR, LAST_YEAR = 1800, 2199  # others are misprints, or have no time in UTC

# Parses the text of a cell; raises ValueError with the fault, to be read after the column's name.
Parse = Callable[[str], Any]


class Row(NamedTuple):
    """The values of a line by column, None for an empty cell."""

    line: int
    values: dict[str, Any]


def header(file: str) -> list[str]:
    """Returns the column names of a file; raises UsageError if there are none."""
    names = next(_lines(file), (0, []))[1]
    if not names:
        raise UsageError(f"{file} is empty; its first line must name the columns")
    return names


def read(
    file: str, columns: dict[str, Parse], required: Collection[str], key: Collection[str]
) -> list[Row]:
    """Returns the rows of a file whose columns are some of `columns`, in any order.

    The cells of `required` must not be empty, and no two lines may agree in `key`. Raises
    UsageError with the line of the first fault.
    """
    _check_header(file, header(file), columns, required)
    lines = _lines(file)
    _, names = next(lines)
    rows: list[Row] = []
    seen: dict[tuple[Any, ...], int] = {}
    for line, cells in lines:
        if len(cells) != len(names):
            raise fault(file, line, f"{len(cells)} values for {len(names)} columns")
        row = Row(line, _values(file, line, dict(zip(names, cells, strict=True)), columns))
        for name in required:
            if row.values[name] is None:
                raise fault(file, line, f"{name} is empty")
        identity = tuple(row.values.get(name) for name in key)
        if identity in seen:
            raise fault(file, line, f"the same {' and '.join(key)} as in line {seen[identity]}")
        seen[identity] = line
        rows.append(row)
    return rows


def fault(file: str, line: int, text: str) -> UsageError:
    """Returns the error for a line of a file; lines count from 1."""
    return UsageError(f"{file} line {line}: {text}; nothing was imported")


def name_of(most: int) -> Parse:
    """Returns the parser of a name of at most so many characters."""

    def parse(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"is longer than {most} characters")
        if not text.isprintable():
            raise ValueError("has characters that cannot be printed")
        return text

    return parse


def parse_scale(text: str) -> int:
    """Returns a number of decimals; raises ValueError."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 2 or int(text) > 18:
        raise ValueError(f"{text!r} is not an integer from 0 to 18")
    return int(text)


def parse_ratio(text: str) -> Decimal:
    """Returns a number above zero; raises ValueError."""
    number = Decimal(text) if RATIO.fullmatch(text) else Decimal(0)
    if number <= 0:
        raise ValueError(
            f"{text!r} is not a number above zero of at most 18 digits before and behind the point"
        )
    return number


def parse_moment(text: str) -> datetime:
    """Returns a time, UTC unless it has an offset; a date is its midnight. Raises ValueError."""
    try:
        found = datetime.fromisoformat(text if MOMENT.fullmatch(text) else "")
    except ValueError:
        raise ValueError(
            f"{text!r} is not a time; write it like 2026-02-27 or 2026-02-27T12:00Z,"
            " with at most six decimals of a second"
        ) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"{text!r} is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _check_header(
    file: str, names: list[str], columns: dict[str, Parse], required: Collection[str]
) -> None:
    if unknown := [name for name in names if name not in columns]:
        raise fault(file, 1, f"unknown column {unknown[0]!r}; known are {', '.join(columns)}")
    if missing := [name for name in required if name not in names]:
        raise fault(file, 1, f"the column {missing[0]} is missing")
    if len(set(names)) < len(names):
        raise fault(file, 1, "a column is there twice")


def _values(
    file: str, line: int, cells: dict[str, str], columns: dict[str, Parse]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, text in cells.items():
        try:
            values[name] = columns[name](text) if text else None
        except ValueError as error:
            raise fault(file, line, f"{name} {error}") from None
    return values


def _lines(file: str) -> Iterator[tuple[int, list[str]]]:
    """Yields each line that is not empty with its number; cells without blanks around them."""
    try:
        # UTF-8 with or without the mark that spreadsheets write
        with Path(file).open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield reader.line_num, [cell.strip() for cell in cells]
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8") from error
    except csv.Error as error:
        raise fault(file, reader.line_num, str(error)) from error
