"""`stockpulse download alphavantage` as a user meets it: the key, limits, errors, the candles."""

from collections.abc import Iterator

import pytest

from tests.cli.conftest import Run
from tests.cli.test_errors import check_error
from tests.fakes import alphavantage as fake
from tests.fakes.alphavantage import FakeAlphaVantage, rows, serving

NEWEST = ("2026-02-26 19:58:00", "2026-02-26 19:59:00")


@pytest.fixture
def vendor() -> FakeAlphaVantage:
    made = FakeAlphaVantage()
    for symbol in ("IBM", "MSFT", "AAPL"):
        made.series[symbol, ""] = rows(*NEWEST)
    return made


@pytest.fixture
def ready(environ: dict[str, str], vendor: FakeAlphaVantage) -> Iterator[dict[str, str]]:
    """An environment with a key, the fake's address and a budget of two requests."""
    with serving(vendor) as url:
        yield {
            **environ,
            "STOCKPULSE_ALPHAVANTAGE_TOKEN": fake.KEY,
            "STOCKPULSE_ALPHAVANTAGE_URL": url,
            "STOCKPULSE_ALPHAVANTAGE_REQUESTS": "2",
        }


@pytest.fixture
def words(topic: str) -> tuple[str, ...]:
    return ("download", "alphavantage", "--topic", topic, "--symbols")


def test_two_commands_lead_from_the_vendor_to_candles(run: Run, ready, words, query) -> None:
    downloaded = run(ready, *words, "IBM")
    assert (downloaded.code, downloaded.out) == (0, "2 bars published, 1 request\n")
    loaded = run(ready, "load", "--until-end")
    assert "0 trades and 0 quotes, 2 bars of vendors stored" in loaded.out, loaded.err
    assert query("select to_char(bucket, 'MM-DD HH24:MI'), vendor"
                 " from market.candles('IBM', '1m')") == [
        ("02-27 00:58", "alphavantage"), ("02-27 00:59", "alphavantage"),
    ]  # fmt: skip


def test_at_the_limit_one_line_says_when_it_goes_on(run: Run, ready, words, vendor) -> None:
    ended = run(ready, *words, "IBM,MSFT,AAPL")
    check_error(ended, "Alpha Vantage: no more requests are sent for now; the same command goes on")
    assert ended.error.endswith(" UTC")
    vendor.most = 0
    ended = run({**ready, "STOCKPULSE_ALPHAVANTAGE_REQUESTS": "9"}, *words, "IBM")
    check_error(ended, "our standard API rate limit is 25 requests per day")
    assert fake.KEY not in ended.err


def test_an_error_of_the_vendor_is_an_error(run: Run, ready, words) -> None:
    ended = run(ready, *words, "NOPE, IBM,")
    assert (ended.code, ended.out) == (1, "2 bars published, 2 requests\n")
    assert ended.error == f"stockpulse: NOPE: {fake.NO_SYMBOL}"


def test_a_topic_that_no_loader_reads_is_named(run: Run, ready, words) -> None:
    ended = run({**ready, "STOCKPULSE_TOPICS": "stock.ticks.v1"}, *words, "IBM")
    assert (ended.code, ended.out) == (0, "2 bars published, 1 request\n")
    assert "is not among STOCKPULSE_TOPICS" in ended.error
    assert run(ready, *words, "IBM").err == ""


def test_without_a_key_the_variable_is_named(run: Run, ready, words, vendor) -> None:
    del ready["STOCKPULSE_ALPHAVANTAGE_TOKEN"]
    check_error(run(ready, *words, "IBM"), "set STOCKPULSE_ALPHAVANTAGE_TOKEN")
    assert vendor.asked == []
