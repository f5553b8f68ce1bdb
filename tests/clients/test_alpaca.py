"""alpaca-py gets the rows of the database, by its url_override alone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.settings import ApiSettings
from stack.database import Database
from tests import support
from tests.api.serving import served
from tests.api.store import Quote, Store, Tick, at

SCRIPT = Path(__file__).with_name("alpaca_client.py")
PAIRS = {"BTC/USD": "KRAKEN:BTC/USD", "ETHUSD": "KRAKEN:ETH/USD"}


@pytest.fixture(scope="module")
def url(database: Database, template: str) -> Iterator[str]:
    """A database with more than 10,000 trades of two stocks, and quotes, and two pairs."""
    with support.database_like(database.url, template) as made:
        _fill(Store(made))
        Store(made).make_candles(database.edition)
        yield made


def _fill(store: Store) -> None:
    open_at = at("14:30:00")
    store.ticks(
        "AAPL",
        [
            Tick(open_at + timedelta(milliseconds=1500 * n), f"{190 + n % 7}.{n % 10}", str(n % 5))
            for n in range(6001)
        ],
    )
    store.ticks(
        "MSFT",
        [Tick(open_at + timedelta(seconds=2 * n), f"{400 + n % 9}", "2") for n in range(4500)],
    )
    for number, symbol in enumerate(("AAPL", "MSFT")):
        store.quotes(
            symbol,
            [
                Quote(open_at + timedelta(microseconds=n // 3), f"{100 + n}", f"{101 + n}", "3")
                for n in range(10 + number)
            ],
        )
    for number, symbol in enumerate(PAIRS.values()):
        store.ticks(
            symbol, [Tick(at(f"00:0{n}:00"), f"{60000 + number + n}", "0.25") for n in range(4)]
        )
    store.quotes("KRAKEN:BTC/USD", [Quote(at("00:01:00"), "59999.5", None)])
    # Ids that are no numbers, or carry their exchange; a trade of unknown size.
    store.execute("update market.trades set tick_id = 'V:' || tick_id where symbol = 'MSFT'")
    store.execute("update market.trades set tick_id = 'x-' || tick_id where symbol like '%ETH%'")
    store.execute(
        "update market.trades set size = null, exchange = 'V', tape = 'C', conditions = '{@,I}'"
        " where symbol = 'AAPL' and ts = '2026-02-27 14:30:00+00'"
    )


@pytest.fixture(scope="module")
def fetched(url: str) -> dict[str, Any]:
    """The rows that the script printed, by what it asked for."""
    with served(ApiSettings(database_url=url, api_port=0)) as api:
        base = str(api.base_url).rstrip("/")
        done = subprocess.run(
            [sys.executable, str(SCRIPT), f"{base}/alpaca"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _sql(url: str, statement: str) -> list[list[Any]]:
    """Returns rows as JSON has them: numbers are floats, times texts."""
    with psycopg.connect(url, options="-c timezone=UTC") as conn:
        return [
            [
                str(value)
                if isinstance(value, datetime)
                else value
                if isinstance(value, str | list | int | None)
                else float(value)
                for value in row
            ]
            for row in conn.execute(statement)  # type: ignore[arg-type]
        ]


TRADES = """
select symbol, ts, exchange, price, coalesce(size, 0),
    nullif(regexp_replace(tick_id, '^(V:|x-.*)', ''), '')::bigint, coalesce(conditions, '{}'), tape
from market.trades
where symbol in ('AAPL', 'MSFT')
order by symbol, ts, seq
"""
QUOTES = """
select symbol, ts, bid, coalesce(bid_size, 0), null, ask, 0, null, array[]::text [], null
from market.quotes
where symbol in ('AAPL', 'MSFT')
order by symbol, ts, seq
"""
BARS = """
select
    symbol, date_trunc('minute', ts) as minute, (array_agg(price order by ts, seq)) [1],
    max(price), min(price), (array_agg(price order by ts desc, seq desc)) [1],
    coalesce(sum(size), 0), count(*)::float, sum(price * size) / nullif(sum(size), 0)
from market.trades
where symbol in ('AAPL', 'MSFT')
group by 1, 2
order by 1, 2
"""


def _rounded(rows: list[list[Any]]) -> list[list[Any]]:
    return [[round(one, 6) if isinstance(one, float) else one for one in row] for row in rows]


def test_more_trades_than_a_page_holds_are_those_of_the_database(
    url: str, fetched: dict[str, Any]
) -> None:
    assert len(fetched["trades"]) == 6001 + 4500
    assert fetched["trades"] == _sql(url, TRADES)


def test_a_trade_has_its_exchange_conditions_and_tape_and_0_for_an_unknown_size(
    fetched: dict[str, Any],
) -> None:
    first = ["AAPL", "2026-02-27 14:30:00+00:00", "V", 190.0, 0.0, 0, ["@", "I"], "C"]
    assert fetched["trades"][0] == first


def test_an_id_with_its_exchange_is_a_number_again_and_another_text_is_none(
    url: str, fetched: dict[str, Any]
) -> None:
    ids = _sql(url, "select split_part(tick_id, ':', 2)::bigint from market.trades"
                    " where symbol = 'MSFT' order by ts")  # fmt: skip
    assert [row[5] for row in fetched["trades"] if row[0] == "MSFT"] == [one for [one] in ids]
    assert {row[5] for row in fetched["crypto_trades"] if row[0] == "ETHUSD"} == {None}


def test_bars_of_minutes_are_those_of_the_trades(url: str, fetched: dict[str, Any]) -> None:
    assert len(fetched["minutes"]) == 151 + 150
    assert _rounded(fetched["minutes"]) == _rounded(_sql(url, BARS))


def test_a_frame_of_bars_has_their_rows_and_columns(fetched: dict[str, Any]) -> None:
    assert fetched["columns"] == ["open", "high", "low", "close", "volume", "trade_count", "vwap"]
    unknown = [[None if one != one else one for one in row] for row in fetched["frame"]]
    assert unknown == fetched["minutes"]


def test_a_frame_of_trades_has_symbol_and_time_as_index(fetched: dict[str, Any]) -> None:
    assert fetched["trade_frame"] == [
        ["symbol", "timestamp"],
        ["AAPL", "2026-02-27 14:30:00+00:00"],
        ["AAPL", "2026-02-27 14:30:01.500000+00:00"],
    ]


def test_quotes_are_those_of_the_database_in_pages_of_any_size(
    url: str, fetched: dict[str, Any]
) -> None:
    assert len(fetched["quotes"]) == 21
    assert fetched["quotes"] == _sql(url, QUOTES)
    assert fetched["quotes_in_pages_of_seven"] == fetched["quotes"]


def test_sort_desc_with_a_limit_gives_the_newest(url: str, fetched: dict[str, Any]) -> None:
    of_apple = [row for row in _sql(url, TRADES) if row[0] == "AAPL"]
    assert fetched["newest_first"] == of_apple[:-6:-1]


def test_bars_of_two_hours_are_accepted_with_feed_and_asof(fetched: dict[str, Any]) -> None:
    # 4,500 trades every two seconds from 14:30: 2,700 until 16:00, 1,800 until 17:00; 450 + ... 8
    # twice 300 rounds of 400 to 408: the mean of the first 2,700 prices is 404, of the rest too.
    assert fetched["hours"] == [
        ["MSFT", "2026-02-27 14:00:00+00:00", 400.0, 408.0, 400.0, 408.0, 5400.0, 2700.0, 404.0],
        ["MSFT", "2026-02-27 16:00:00+00:00", 400.0, 408.0, 400.0, 408.0, 3600.0, 1800.0, 404.0],
    ]


def test_the_latest_are_the_last_rows(url: str, fetched: dict[str, Any]) -> None:
    for latest, statement in (("latest_trade", TRADES), ("latest_quote", QUOTES)):
        last = {row[0]: row for row in _sql(url, statement)}
        assert fetched[latest] == [last["AAPL"], last["MSFT"]]
    last = {row[0]: row for row in _sql(url, BARS)}
    assert _rounded(fetched["latest_bar"]) == _rounded([last["AAPL"]])


def test_a_snapshot_has_the_latest_and_the_bars_of_its_day(fetched: dict[str, Any]) -> None:
    assert list(fetched["snapshot"]) == ["AAPL", "MSFT"]
    of_microsoft = fetched["snapshot"]["MSFT"]
    # Trade 4,499 has the price 400 + 4499 % 9 and stands 8,998 seconds after 14:30.
    assert of_microsoft["latest_trade"]["price"] == 408.0
    assert of_microsoft["latest_trade"]["timestamp"] == "2026-02-27 16:59:58+00:00"
    assert of_microsoft["latest_quote"]["ask_price"] == 111.0
    assert of_microsoft["minute_bar"]["timestamp"] == "2026-02-27 16:59:00+00:00"
    assert of_microsoft["minute_bar"]["trade_count"] == 30.0
    assert of_microsoft["daily_bar"]["volume"] == 9000.0
    assert of_microsoft["previous_daily_bar"] is None


def test_a_symbol_of_which_nothing_is_stored_has_no_rows(fetched: dict[str, Any]) -> None:
    assert fetched["unknown"] == []
    assert fetched["unknown_frame"] == 0


def test_pairs_are_found_and_named_as_they_were_asked_for(fetched: dict[str, Any]) -> None:
    assert fetched["crypto_days"] == [
        ["BTC/USD", "2026-02-27 00:00:00+00:00", 60000.0, 60003.0, 60000.0, 60003.0, 1.0, 4.0,
         60001.5],
        ["ETHUSD", "2026-02-27 00:00:00+00:00", 60001.0, 60004.0, 60001.0, 60004.0, 1.0, 4.0,
         60002.5],
    ]  # fmt: skip
    assert [row[:4] for row in fetched["crypto_trades"]] == [
        [symbol, f"2026-02-27 00:0{n}:00+00:00", None, 60000.0 + number + n]
        for number, symbol in enumerate(PAIRS)
        for n in range(4)
    ]


def test_a_quote_of_one_side_has_0_for_the_other(fetched: dict[str, Any]) -> None:
    row = ["BTC/USD", "2026-02-27 00:01:00+00:00", 59999.5, 0.0, None, 0.0, 0.0, None, [], None]
    assert fetched["crypto_quotes"] == [row]
    assert fetched["crypto_latest_quote"] == [row]


def test_the_latest_of_pairs(fetched: dict[str, Any]) -> None:
    assert [row[:4] for row in fetched["crypto_latest_trade"]] == [
        ["BTC/USD", "2026-02-27 00:03:00+00:00", None, 60003.0],
        ["ETHUSD", "2026-02-27 00:03:00+00:00", None, 60004.0],
    ]
    [bar] = fetched["crypto_latest_bar"]
    assert bar == ["BTC/USD", "2026-02-27 00:03:00+00:00", *[60003.0] * 4, 0.25, 1.0, 60003.0]
    assert fetched["crypto_snapshot"]["BTC/USD"]["daily_bar"]["close"] == 60003.0


def test_refusals_are_errors_with_status_code_and_sentence(fetched: dict[str, Any]) -> None:
    status, code, message = fetched["seven_minutes"]
    assert (status, code) == (400, 40010000)
    assert message.startswith("timeframe 7m does not exist: 7m does not divide a day")
    assert fetched["dividends"] == [
        400, 40010000,
        "adjustment all is not possible, as no dividends are stored; use raw or split",
    ]  # fmt: skip
    status, code, message = fetched["unknown_path"]
    assert (status, code) == (404, 40410000)
    assert message.startswith("endpoint not found")
