"""Tables of histories that cannot be are refused in one line, before anything is asked for."""

import sys
import tomllib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.errors import SettingsError
from ingest.download.settings import DownloadSettings
from ingest.sources import yahoo
from ingest.updates import dukascopy, settings

GOOD = {"symbols": '["BTC/USD"]', "since": "2026-01-01"}
WRONG = {
    "nonsense as symbol": ({"symbols": '["GOLD"]'}, "'GOLD' is not an instrument of Dukascopy"),
    "an unknown symbol": ({"symbols": '["EUR/UDS"]'}, "Dukascopy has no instrument EUR/UDS"),
    "empty symbols": ({"symbols": "[]"}, "no symbol"),
    "no symbols": ({"symbols": ""}, "missing required field `symbols`"),
    "no since": ({"since": ""}, "missing required field `since`"),
    "no time": ({"since": '"yesterday"'}, "a date or a time, 2026-01-01, not 'yesterday'"),
    "a time to come": ({"since": "2069-01-01"}, "2069-01-01 00:00, which is still to come"),
    "another form": ({"form": '"csv"'}, "Invalid enum value 'csv'"),
    "another option": ({"until": "2026-01-01"}, "unknown field `until`"),
}


def read(address: str, text: str, terms: str = "accepted", environ=None):
    found = tomllib.loads(text)["history"]
    download = DownloadSettings(dukascopy_terms=terms, dukascopy_json_url=f"{address}/v1")
    return settings.read(Path("feeds.toml"), found, download, environ or {})


def table(**changes: str) -> str:
    values = GOOD | changes
    lines = (f"{name} = {text}" for name, text in values.items() if text)
    return "\n".join(["[history.dukascopy]", *lines])


@pytest.mark.parametrize("changes, text", WRONG.values(), ids=WRONG)
def test_a_wrong_table_is_one_line(address, venue, changes, text):
    with pytest.raises(SettingsError) as raised:
        read(address, table(**changes))
    line = str(raised.value)
    assert line.startswith("feeds.toml, [history.dukascopy]: ")
    assert text in line
    assert "\n" not in line
    assert not venue.hours_asked


@pytest.mark.parametrize("text", ["history = 7", "[history]\ndukascopy = 7", "[history.nosuch]"])
def test_what_is_no_history_is_refused(address, text):
    with pytest.raises(SettingsError, match=r"^feeds.toml"):
        read(address, text)


def test_a_token_stands_in_the_environment_or_in_a_file_never_in_the_table(address, tmp_path):
    text = '[history.alphavantage]\nsymbols = ["IBM"]'
    with pytest.raises(SettingsError, match="set STOCKPULSE_ALPHAVANTAGE_TOKEN to your key"):
        read(address, text)
    with pytest.raises(SettingsError, match="a token does not belong here") as raised:
        read(address, f'{text}\ntoken = "s3cr3t"')
    assert "s3cr3t" not in str(raised.value)
    file = tmp_path / "token"
    file.write_text("s3cr3t")
    [first] = read(address, f'{text}\ntoken_file = "{file}"')
    [second] = read(address, text, environ={"STOCKPULSE_ALPHAVANTAGE_TOKEN": "s3cr3t"})
    assert first.name == second.name == "alphavantage"


def test_yahoo_is_refused_without_its_library(address, monkeypatch):
    yahoo.library.cache_clear()
    monkeypatch.setitem(sys.modules, "yfinance", None)
    with pytest.raises(SettingsError, match=r"yahoo\]: the library yfinance is missing"):
        read(address, '[history.yahoo]\nsymbols = ["AAPL"]')


def test_terms_can_be_accepted_in_the_table(address):
    with pytest.raises(SettingsError, match="accept_terms = true"):
        read(address, table(), terms="declined")
    assert len(read(address, table(accept_terms="true"), terms="declined")) == 1


@pytest.mark.parametrize(
    "text, since",
    [
        ("2026-01-01", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T12:00:00", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ("2026-01-01T12:00:00+01:00", datetime(2026, 1, 1, 11, tzinfo=UTC)),
        ('"2026-01-01"', datetime(2026, 1, 1, tzinfo=UTC)),
        ('"2026-01-01T12:00+01:00"', datetime(2026, 1, 1, 11, tzinfo=UTC)),
    ],
)
def test_times_are_utc_unless_they_have_an_offset(address, monkeypatch, text, since):
    found = []
    monkeypatch.setattr(dukascopy, "history", found.append)
    with suppress(AttributeError):
        read(address, table(since=text))
    assert found[0].since == since
