"""Other spellings of a symbol lead to it, and one that several instruments share is refused."""

import asyncio
from typing import Any

import httpx
import psycopg
import pytest

from api.pool import Reader
from api.settings import ApiSettings
from api.symbols import Named, Symbols
from tests.api.store import NOON, Store, Tick, minute

TICK = [Tick(NOON, "1")]


def found(api: httpx.Client, symbols: str | list[str]) -> list[str]:
    """Returns the symbols that the bars are answered for."""
    answer = api.get("/v1/bars", params={"symbols": symbols})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["bars"])


@pytest.mark.parametrize(
    "asked",
    [
        "KRAKEN:BTC/USD",
        "kraken:btc/usd",
        "BTC/USD",
        "BTC-USD",
        "BTCUSD",
        "btcusd",
        "btc/usd",
        "KRAKEN:BTCUSD",
        "kraken:btc-usd",
    ],
)
def test_a_pair_is_found_by_every_usual_spelling(
    api: httpx.Client, store: Store, asked: str
) -> None:
    store.ticks("KRAKEN:BTC/USD", TICK)
    assert found(api, asked) == ["KRAKEN:BTC/USD"]


@pytest.mark.parametrize(
    "stored, asked",
    [
        ("COINBASE:BTC-USD", "BTC/USD"),
        ("BINANCE:BTCUSDT", "btcusdt"),
        ("BTC/USD", "BTCUSD"),
        ("NASDAQ:AAPL", "AAPL"),
        ("AAPL", "aapl"),
    ],
)
def test_symbols_are_found_without_their_venue_and_in_lower_case(
    api: httpx.Client, store: Store, stored: str, asked: str
) -> None:
    store.ticks(stored, TICK)
    assert found(api, asked) == [stored]


def test_base_and_quote_of_the_instrument_name_it(api: httpx.Client, store: Store) -> None:
    store.ticks("BINANCE:BTCUSDT", TICK)
    store.execute("update market.instruments set base = 'BTC', quote = 'USDT'")
    assert found(api, "BTC/USDT") == ["BINANCE:BTCUSDT"]


def test_a_perpetual_is_no_pair(api: httpx.Client, store: Store) -> None:
    store.ticks("DERIBIT:BTC-PERPETUAL", TICK)
    assert api.get("/v1/bars", params={"symbols": "BTCPERPETUAL"}).status_code == 404


def test_a_shared_spelling_is_refused_with_the_candidates(api: httpx.Client, store: Store) -> None:
    for symbol in ("KRAKEN:BTC/USD", "COINBASE:BTC-USD"):
        store.ticks(symbol, TICK)
    for path, name in (("/v1/bars", "symbols"), ("/ticks/summary", "symbol")):
        answer = api.get(path, params={name: "BTCUSD"})
        assert answer.status_code == 422
        assert "BTCUSD may be COINBASE:BTC-USD or KRAKEN:BTC/USD: name one of them" in answer.text
    assert found(api, "KRAKEN:BTCUSD") == ["KRAKEN:BTC/USD"]
    store.ticks("BTCUSD", TICK)  # is now a name itself
    assert found(api, "BTCUSD") == ["BTCUSD"]


def test_a_symbol_as_it_is_written_comes_before_upper_case_and_aliases(
    api: httpx.Client, store: Store
) -> None:
    for symbol in ("abc", "ABC", "X:ABC"):
        store.ticks(symbol, TICK)
    assert found(api, "abc,ABC") == ["ABC", "abc"]
    assert found(api, "Abc") == ["ABC"]


def test_spellings_of_one_symbol_are_answered_once(api: httpx.Client, store: Store) -> None:
    store.ticks("KRAKEN:BTC/USD", TICK)
    store.ticks("AAPL", TICK)
    assert found(api, "BTCUSD,btc/usd,KRAKEN:BTC/USD,aapl,NOPE") == ["AAPL", "KRAKEN:BTC/USD"]


def test_a_renamed_instrument_answers_under_each_of_its_names(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("META", TICK)
    store.ticks("FB", [Tick(NOON.replace(year=2021), "2")])
    store.execute(
        "insert into market.names (symbol, until, instrument) values ('FB', '2022-06-09', 'META')"
    )
    assert found(api, "fb,meta") == ["FB", "META"]


def test_a_name_with_commas_is_one_name_as_a_whole(api: httpx.Client, store: Store) -> None:
    for symbol in ("A", "B", "A,B"):
        store.ticks(symbol, TICK)
    assert found(api, "A,B") == ["A,B"]
    assert found(api, "B,A") == ["A", "B"]
    assert found(api, ["a,b", "B"]) == ["A,B", "B"]


def test_legacy_paths_find_other_spellings(api: httpx.Client, store: Store) -> None:
    store.ticks("KRAKEN:BTC/USD", [Tick(minute(1), "7")])
    for path in ("/ticks/latest", "/ticks/summary", "/bars/latest", "/bars/summary"):
        answer = api.get(path, params={"symbol": "btcusd"}).json()
        assert answer["symbol"] == "KRAKEN:BTC/USD", path


def test_a_symbol_that_was_unknown_is_found_at_once(api: httpx.Client, store: Store) -> None:
    store.ticks("A", TICK)
    assert found(api, "A,B") == ["A"]
    store.ticks("B", TICK)
    assert found(api, "A,B") == ["A", "B"]


class CountingReader(Reader):
    """A reader that counts its statements."""

    asked = 0

    async def fetch_row(self, statement: str, /, **values: object) -> tuple[Any, ...] | None:
        self.asked += 1
        return await super().fetch_row(statement, **values)


def test_known_symbols_cost_no_statement(store: Store) -> None:
    store.ticks("A", TICK)
    store.ticks("B", TICK)

    async def statements() -> list[int]:
        reader = CountingReader(ApiSettings(database_url=store.url))
        symbols, counts = Symbols(reader), []
        async with reader.pool:
            for texts in (["a,B"], ["a,B"], ["B", "a,B"], ["B"], ["B,NOPE"], ["B,NOPE"]):
                await symbols.resolve("symbols", texts)
                counts.append(reader.asked)
            assert await symbols.one("symbol", "B") == Named("B", "B")
            counts.append(reader.asked)
        return counts

    assert asyncio.run(statements()) == [1, 1, 2, 2, 3, 4, 4]


@pytest.mark.parametrize("symbols", ["", ",", "A,,B", "x" * 129, "a\x00b"])
def test_what_is_no_name_is_refused(api: httpx.Client, symbols: str) -> None:
    answer = api.get("/v1/bars", params={"symbols": symbols})
    assert (answer.status_code, answer.json()["field"]) == (422, "symbols")


def test_more_than_a_hundred_symbols_are_refused(api: httpx.Client, store: Store) -> None:
    store.ticks("S1", TICK)
    names = [f"S{n}" for n in range(101)]
    params: list[dict[str, Any]] = [{"symbols": ",".join(names)}, {"symbols": names}]
    for wrong in params:
        assert "must be 100 at most" in api.get("/v1/bars", params=wrong).json()["detail"]
    assert found(api, names[:100]) == ["S1"]


def test_the_index_finds_an_alias_among_ten_thousand(store: Store) -> None:
    store.execute(
        "insert into market.instruments (symbol)"
        " select 'KRAKEN:C' || n || '/USD' from generate_series(1, 10000) as n"
    )
    store.execute("analyze market.instruments")
    with psycopg.connect(store.url) as conn:
        plan = conn.execute(
            "explain select symbol from market.instruments"
            " where market.aliases_of(symbol, base, quote) && array['C77USD']"
        ).fetchall()
    assert any("instruments_aliases" in line for (line,) in plan)
