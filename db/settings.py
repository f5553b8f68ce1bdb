"""Settings are environment variables, read once at the edge into frozen structs.

Each package has a struct of its own; a field `batch_rows` is the variable STOCKPULSE_BATCH_ROWS.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import msgspec

from db.errors import SettingsError

PREFIX = "STOCKPULSE_"
# Ends of variables whose 0 means any port, or none.
MAY_BE_ZERO = ("_PORT", "_CACHE_MS", "_DISK_BYTES")
MOST = {"_PORT": 65_535, "_DISK_BYTES": 10**18}  # by ends of variables


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the settings of a package; the defaults suit one machine."""

    OTHER_VARIABLES: ClassVar[frozenset[str]] = frozenset()  # fields without a STOCKPULSE_ variable


class DatabaseSettings(Settings, frozen=True, kw_only=True):
    """Settings of a process that only needs the database."""

    database_url: str = ""  # empty: libpq's own PG* variables and defaults


S = TypeVar("S", bound=Settings)


def read(struct: type[S], environ: Mapping[str, str], **others: object) -> S:
    """Returns a struct with the values in `environ`; `others` are its OTHER_VARIABLES.

    An empty variable counts as unset. Raises SettingsError, which names the variable at fault.
    """
    defaults = struct()
    values = {
        variable.removeprefix(PREFIX).lower(): environ[variable]
        for variable in variables(struct)
        if environ.get(variable)
    }
    parsed = {
        field: _parse(field, text, getattr(defaults, field)) for field, text in values.items()
    }
    return struct(**parsed, **others)


def variables(struct: type[Settings]) -> list[str]:
    """Returns the STOCKPULSE_ variables of a struct's fields."""
    fields = struct.__struct_fields__
    return [PREFIX + field.upper() for field in fields if field not in struct.OTHER_VARIABLES]


def _parse(field: str, text: str, default: object) -> object:
    variable = PREFIX + field.upper()
    if isinstance(default, int):
        return _whole_number(variable, text)
    if isinstance(default, tuple):
        return _names(variable, text)
    return _address(variable, text) if field.endswith("database_url") else text


def _address(variable: str, text: str) -> str:
    from db.address import libpq_address  # and libpq, for which --help does not wait

    return libpq_address(text, variable)


def _whole_number(name: str, text: str) -> int:
    least = 0 if name.endswith(MAY_BE_ZERO) else 1
    most = next((most for end, most in MOST.items() if name.endswith(end)), 10**9)
    if not (text.isascii() and text.isdecimal()) or not least <= int(text) <= most:
        raise SettingsError(
            f"{name} is {text!r}, but must be a whole number of at least {least} and at most {most}"
        )
    return int(text)


def _names(name: str, text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names:
        raise SettingsError(f"{name} is {text!r}, but must be names separated by commas")
    return names


def changed(settings: S, **values: Any) -> S:
    """Returns the settings with those of `values` that are not None."""
    given = {name: value for name, value in values.items() if value is not None}
    return msgspec.structs.replace(settings, **given)
