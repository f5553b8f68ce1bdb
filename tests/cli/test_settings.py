"""Settings read from environment variables, and the variables that are refused."""

from typing import Any

import msgspec
import pytest

from api.settings import ApiSettings
from cli import settings
from cli.settings import Settings
from db import secret_files
from db.errors import SettingsError
from db.settings import changed as with_options
from ingest.loader.settings import LoaderSettings

DEFAULTS = Settings(LoaderSettings(), ApiSettings())

READ: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "others' variables": ({"PATH": "/bin", "PGHOST": "db", "STOCK": "x"}, {}),
    "the database": (
        {"STOCKPULSE_DATABASE_URL": "postgresql://db/ticks"},
        {"database_url": "postgresql://db/ticks"},
    ),
    "the broker": ({"KAFKA_BOOTSTRAP_SERVERS": "a:1,b:2"}, {"bootstrap_servers": "a:1,b:2"}),
    "topics": ({"STOCKPULSE_TOPICS": "one, two,"}, {"topics": ("one", "two")}),
    "a number": ({"STOCKPULSE_BATCH_ROWS": "7"}, {"batch_rows": 7}),
    "any free port": ({"STOCKPULSE_API_PORT": "0"}, {"api_port": 0}),
    "no cache": ({"STOCKPULSE_API_CACHE_MS": "0"}, {"api_cache_ms": 0}),
    "set to nothing": ({"STOCKPULSE_BATCH_MS": "", "STOCKPULSE_GROUP": ""}, {}),
    "what the stack reads": (
        {"STOCKPULSE_PG_BINDIR": "/usr", "STOCKPULSE_CACHE": "/tmp"},
        {},
    ),
    "librdkafka's own": (
        {"KAFKA_CONF_FETCH_WAIT_MAX_MS": "5", "KAFKA_CONF_DEBUG": "cgrp"},
        {"kafka_conf": {"fetch.wait.max.ms": "5", "debug": "cgrp"}},
    ),
}


def flat(found: Settings) -> dict[str, Any]:
    """Returns the fields of all packages' settings."""
    return msgspec.structs.asdict(found.api) | msgspec.structs.asdict(found.loader)


@pytest.mark.parametrize("environ, changed", READ.values(), ids=READ.keys())
def test_environment_becomes_settings(environ: dict[str, str], changed: dict[str, Any]) -> None:
    assert flat(settings.read(environ)) == flat(DEFAULTS) | changed


REFUSED = {
    "misspelt": ({"STOCKPULSE_BATCHROWS": "7"}, "STOCKPULSE_BATCHROWS is not a setting; known are"),
    "the broker by our prefix": (
        {"STOCKPULSE_BOOTSTRAP_SERVERS": "a:1"},
        "STOCKPULSE_BOOTSTRAP_SERVERS is not a setting",
    ),
    "librdkafka's by our prefix": (
        {"STOCKPULSE_KAFKA_CONF": "x"},
        "STOCKPULSE_KAFKA_CONF is not a setting",
    ),
    "no number": (
        {"STOCKPULSE_BATCH_ROWS": "many"},
        "STOCKPULSE_BATCH_ROWS is 'many', but must be a whole number of at least 1",
    ),
    "a fraction": ({"STOCKPULSE_BATCH_MS": "0.5"}, "must be a whole number of at least 1"),
    "less than nothing": ({"STOCKPULSE_BATCH_MS": "-1"}, "must be a whole number of at least 1"),
    "other digits": ({"STOCKPULSE_BATCH_MS": "\u0665"}, "must be a whole number of at least 1"),
    "none where one is needed": ({"STOCKPULSE_BATCH_ROWS": "0"}, "of at least 1"),
    "topics without a name": ({"STOCKPULSE_TOPICS": " , "}, "must be names separated by commas"),
}


@pytest.mark.parametrize("environ, complaint", REFUSED.values(), ids=REFUSED.keys())
def test_invalid_variable_is_named(environ: dict[str, str], complaint: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.read(environ)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_error_lists_every_variable_that_can_be_set() -> None:
    with pytest.raises(SettingsError) as refused:
        settings.read({"STOCKPULSE_X": "1"})
    known = str(refused.value).partition("known are ")[2].split(", ")
    assert {"STOCKPULSE_DATABASE_URL", "STOCKPULSE_TOPICS", "STOCKPULSE_API_PORT"} <= set(known)
    for name in set(known) - set(secret_files.variables()):  # replaced before they are read
        text = "dbname=5" if name.endswith("_DATABASE_URL") else "5"
        assert settings.read({name: text}) != DEFAULTS, name


def test_command_options_take_precedence_over_the_environment() -> None:
    before = settings.read({"STOCKPULSE_API_HOST": "0.0.0.0"}).api
    after = with_options(before, api_host=None, api_port=9)
    assert after == ApiSettings(api_host="0.0.0.0", api_port=9)
