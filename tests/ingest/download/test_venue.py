"""Addresses of hours, codes however they are written, and what the venue says of an instrument."""

import json
from datetime import UTC, datetime

import pytest

from db.errors import UsageError
from ingest.download import venue
from ingest.download.fetch import Answer
from ingest.download.schedule import Range
from ingest.download.venue import VenueAway
from ingest.sources.dukascopy_instruments import Instrument

EURUSD = Instrument("EUR/USD", 5)
INDEX = Instrument("USA500.IDX/USD", 3)
MORNING = datetime(2026, 1, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "form, instrument, path",
    [
        ("bi5", EURUSD, "EURUSD/2026/00/05/07h_ticks.bi5"),
        ("bi5", INDEX, "USA500IDXUSD/2026/00/05/07h_ticks.bi5"),
        ("json", EURUSD, "ticks/EUR-USD/2026/1/5/7"),
        ("json", INDEX, "ticks/USA500.IDX-USD/2026/1/5/7"),
    ],
)
def test_months_count_from_0_in_bi5_and_from_1_in_json(form, instrument, path):
    assert venue.hour_url("https://v", form, instrument, MORNING) == f"https://v/{path}"


@pytest.mark.parametrize(
    "text, code",
    [
        ("EUR/USD", "EUR/USD"),
        (" eur-usd ", "EUR/USD"),
        ("EURUSD", "EUR/USD"),
        ("DUKASCOPY:BTC/USD", "BTC/USD"),
        ("USA500IDXUSD", "USA500.IDX/USD"),
        ("AAPL.US/USD", "AAPL.US/USD"),
    ],
)
def test_a_code_may_be_written_in_several_ways(text, code):
    assert venue.code_of(text) == code


def test_a_name_that_is_no_code_is_refused():
    with pytest.raises(UsageError, match="'GOLD' is not an instrument"):
        venue.code_of("GOLD")


def described(answer, code="EUR/USD", *, needed=True):
    asked = []

    def ask(url, tries):
        asked.append(url)
        return answer

    found = venue.describe(ask, "https://v", code, needed=needed)
    assert asked == [f"https://v/instruments/{code.replace('/', '-')}"]
    return found


def test_decimals_holidays_and_the_first_tick_come_from_the_venue():
    detail = {
        "priceScale": 4,
        "holidays": [{"from": 1766649600000, "till": 1766700000000, "name": "Christmas"}],
        "histories": [{"from": 1167609600000}, {"from": "2003-05-04"}],
        "tradeSchedule": ["anything"],
    }
    instrument, schedule = described(Answer(200, json.dumps(detail).encode()))
    assert instrument == Instrument("EUR/USD", 4)
    assert schedule.calendar == "FX"
    christmas = (datetime(2025, 12, 25, 8, tzinfo=UTC), datetime(2025, 12, 25, 22, tzinfo=UTC))
    assert schedule.holidays == (Range(*christmas),)
    assert schedule.first_tick == datetime(2003, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"{}"),
        Answer(200, b"[]"),
        Answer(200, b"nothing"),
        Answer(200, b'{"priceScale":"5","holidays":7,"histories":[{"from":"once"}]}'),
        Answer(500, b"", "HTTP 500"),
    ],
)
def test_built_in_decimals_are_used_for_what_the_venue_does_not_say(answer):
    instrument, schedule = described(answer)
    assert instrument == EURUSD
    assert (schedule.holidays, schedule.first_tick) == ((), None)


def test_without_decimals_nothing_is_downloaded():
    with pytest.raises(UsageError, match="decimals in prices of ABC/XYZ is not known"):
        described(Answer(500, b"", "HTTP 500"), "ABC/XYZ")


def test_an_instrument_that_the_venue_does_not_have_is_refused():
    with pytest.raises(UsageError, match="Dukascopy has no instrument EUR/USD"):
        described(Answer(404))


def test_a_venue_that_is_away_is_an_error_only_if_the_hours_come_from_there():
    away = Answer(trouble="ConnectError")
    with pytest.raises(VenueAway, match="https://v: ConnectError"):
        described(away)
    assert described(away, needed=False).instrument == EURUSD
