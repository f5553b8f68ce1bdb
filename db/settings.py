"""Settings: environment variables, read once at the edge into one frozen struct.

An unknown STOCKPULSE_ variable is an error, because a misspelt one would be silently ignored.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from db.errors import SettingsError

PREFIX = "STOCKPULSE_"
KAFKA_CONF_PREFIX = "KAFKA_CONF_"

# Read by stack/ and by the tests, not by the services.
STACK_VARIABLES = frozenset({"STOCKPULSE_PG_BINDIR", "STOCKPULSE_CACHE"})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a process can be told; the defaults suit one machine."""

    database_url: str = ""  # empty: libpq's own PG* variables and defaults
    bootstrap_servers: str = "127.0.0.1:9092"
    topics: tuple[str, ...] = ("stock.ticks.v1", "stock.ticks.backfill.v1")
    group: str = "stockpulse"
    batch_rows: int = 50_000
    batch_bytes: int = 8_000_000
    batch_ms: int = 100  # longest time a message waits for its batch to fill
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0  # the loader's /metrics; 0: none
    api_host: str = "127.0.0.1"
    api_port: int = 8000
    api_pool_size: int = 8
    api_timeout_ms: int = 5_000  # longest a statement may run
    kafka_conf: dict[str, str] = {}  # librdkafka's own settings


def read(environ: Mapping[str, str]) -> Settings:
    """Returns the settings in `environ`; raises SettingsError naming the variable at fault."""
    values: dict[str, object] = {"kafka_conf": _kafka_conf(environ)}
    if servers := environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        values["bootstrap_servers"] = servers
    for name, text in environ.items():
        if name.startswith(PREFIX) and name not in STACK_VARIABLES and text != "":
            field, parse = _variable(name)
            values[field] = parse(name, text)
    return Settings(**values)  # type: ignore[arg-type]


def _kafka_conf(environ: Mapping[str, str]) -> dict[str, str]:
    """Turns KAFKA_CONF_FETCH_WAIT_MAX_MS into fetch.wait.max.ms."""
    return {
        name.removeprefix(KAFKA_CONF_PREFIX).lower().replace("_", "."): text
        for name, text in environ.items()
        if name.startswith(KAFKA_CONF_PREFIX)
    }


def _variable(name: str) -> tuple[str, Callable[[str, str], object]]:
    field = name.removeprefix(PREFIX).lower()
    if field == "topics":
        return field, _names
    if field not in Settings.__struct_fields__ or field in ("kafka_conf", "bootstrap_servers"):
        known = ", ".join(sorted(variables()))
        raise SettingsError(f"{name} is not a setting; known are {known}")
    default = getattr(Settings(), field)
    return field, _whole_number if isinstance(default, int) else lambda _name, text: text


def variables() -> list[str]:
    """Returns the names of all environment variables that are read."""
    fields = [f for f in Settings.__struct_fields__ if f not in ("kafka_conf", "bootstrap_servers")]
    return [PREFIX + field.upper() for field in fields]


def _whole_number(name: str, text: str) -> int:
    least, most = (0, 65_535) if name.endswith("_PORT") else (1, 10**9)
    if not text.isdecimal() or not least <= int(text) <= most:
        raise SettingsError(
            f"{name} is {text!r}, but must be a whole number of at least {least} and at most {most}"
        )
    return int(text)


def _names(name: str, text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names:
        raise SettingsError(f"{name} is {text!r}, but must be names separated by commas")
    return names


def changed(settings: Settings, **values: Any) -> Settings:
    """Returns the settings with those of `values` that are not None."""
    given = {name: value for name, value in values.items() if value is not None}
    return msgspec.structs.replace(settings, **given)
