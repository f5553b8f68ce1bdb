"""Answers of Alpha Vantage: bars in New York's time, and errors with HTTP 200."""

import json
from datetime import UTC, datetime

import pytest

from ingest.sources import alphavantage
from ingest.sources.alphavantage import read
from ingest.sources.vendor_bars import LimitMet, NotGiven
from tests.fakes import alphavantage as fake
from tests.fakes.alphavantage import answer, rows

NOW = datetime(2026, 2, 27, 1, tzinfo=UTC)


def starts(body, now=NOW, interval="1m"):
    return [f"{bar.bar_start:%m-%d %H:%M}" for bar in read(body, "IBM", interval, now)]


def test_a_bar_has_the_texts_of_the_answer():
    [bar] = read(answer(rows("2026-02-26 19:58:00")), "IBM", "1m", NOW)
    assert (bar.source, bar.symbol, bar.interval, bar.final) == ("alphavantage", "IBM", "1m", True)
    assert bar.bar_start == datetime(2026, 2, 27, 0, 58, tzinfo=UTC)
    assert bar.received_at == NOW
    assert (bar.open, bar.high, bar.low, bar.close) == (
        "188.3500", "188.5000", "188.3000", "188.4000",
    )  # fmt: skip
    assert bar.volume == "60"


@pytest.mark.parametrize(
    "label, start",
    [
        ("2026-02-26 09:30:00", "02-26 14:30"),
        ("2025-07-01 09:30:00", "07-01 13:30"),
        ("2025-03-07 16:00:00", "03-07 21:00"),  # Friday before the clocks go forward
        ("2025-03-10 16:00:00", "03-10 20:00"),
        ("2025-10-31 19:59:00", "10-31 23:59"),
        ("2025-11-03 19:59:00", "11-04 00:59"),
    ],
)
def test_labels_are_new_yorks_time_on_both_sides_of_a_change_of_clocks(label, start):
    assert starts(answer(rows(label))) == [start]


def test_bars_come_oldest_first_and_the_newest_only_once_its_end_has_passed():
    body = answer(rows("2026-02-26 19:58:00", "2026-02-26 19:59:00", "2026-02-26 20:00:00"))
    assert starts(body) == ["02-27 00:58", "02-27 00:59"]
    assert starts(body, NOW.replace(second=59)) == ["02-27 00:58", "02-27 00:59"]
    assert starts(body, NOW.replace(minute=1)) == ["02-27 00:58", "02-27 00:59", "02-27 01:00"]
    wide = answer(rows("2026-02-26 19:00:00", "2026-02-26 20:00:00"), interval="60min")
    assert starts(wide, NOW.replace(minute=59), "1h") == ["02-27 00:00"]


def test_a_month_without_bars_has_none():
    assert starts(answer({})) == []


@pytest.mark.parametrize(
    "text, seconds", [(fake.DAY_LIMIT, 3600), (fake.BURST, 60)], ids=["day", "burst"]
)
@pytest.mark.parametrize("name", ["Information", "Note"])
def test_a_limit_is_told_from_an_answer_and_hides_the_key(name, text, seconds):
    with pytest.raises(LimitMet) as met:
        read(json.dumps({name: text}).encode(), "IBM", "1m", NOW)
    assert met.value.seconds == seconds
    assert fake.KEY not in str(met.value)
    with pytest.raises(LimitMet) as met:
        read(json.dumps({name: f"25 requests per day of {fake.KEY}"}).encode(), "IBM", "1m", NOW,
             fake.KEY)  # fmt: skip
    assert str(met.value) == "25 requests per day of ***"


@pytest.mark.parametrize(
    "body, reason",
    [
        (json.dumps({"Information": fake.PREMIUM}).encode(), "This is a premium endpoint"),
        (json.dumps({"Error Message": fake.NO_SYMBOL}).encode(), "Invalid API call"),
        (b'{"Error Message": "25 requests per day"}', "25 requests per day"),
        (b"{}", "the answer is empty"),
        (b"", "the answer is not JSON"),
        (b"<html>sorry</html>", "the answer is not JSON"),
        (b"[1]", "the answer is empty"),
        (answer({}, interval="5min"), "no bars of 1min"),
        (answer({}, zone="UTC"), "no bars of 1min in New York's time"),
        (b'{"Meta Data": null}', "no bars of 1min"),
        (answer({}, symbol="AAPL"), "the answer is about 'AAPL'"),
        (answer({"2026-02-26": {}}), "the bar 2026-02-26 cannot be read"),
        (answer({"2026-02-26 19:59:00": {"1. open": "1"}}), "cannot be read"),
        (answer({"2026-02-26 19:59:00": None}), "cannot be read"),
    ],
)
def test_an_answer_without_bars_is_an_error_with_its_reason(body, reason):
    with pytest.raises(NotGiven) as given:
        read(body, "IBM", "1m", NOW)
    assert reason in str(given.value)


def test_an_address_asks_for_raw_prices_of_a_month():
    url = alphavantage.url("https://example.org/", "BRK.B", "5m", "2026-01", "key&1")
    assert url == (
        "https://example.org/query?function=TIME_SERIES_INTRADAY&symbol=BRK.B&interval=5min"
        "&adjusted=false&extended_hours=true&outputsize=full&datatype=json&month=2026-01"
        "&apikey=key%261"
    )
    assert "month" not in alphavantage.url("https://example.org", "IBM", "1m", "", "key")
