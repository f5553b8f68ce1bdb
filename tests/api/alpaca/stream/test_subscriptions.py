"""The subscriptions of a connection, by the names that the client gave."""

import pytest

from api.alpaca.stream.codes import Code, StreamError
from api.alpaca.stream.subscriptions import Subscriptions

PAIR = "KRAKEN:BTC/USD"


def test_requests_add_to_each_other_and_the_full_set_is_told() -> None:
    made = Subscriptions(most=10)
    made.add({"trades": {"AAPL": "AAPL"}, "bars": {"*": "*"}})
    made.add({"trades": {"MSFT": "MSFT", "AAPL": "AAPL"}, "dailyBars": {"AAPL": "AAPL"}})
    assert made.message(is_crypto=False) == {
        "T": "subscription",
        "trades": ["AAPL", "MSFT"],
        "quotes": [],
        "bars": ["*"],
        "updatedBars": [],
        "dailyBars": ["AAPL"],
        "statuses": [],
        "lulds": [],
        "corrections": ["AAPL", "MSFT"],
        "cancelErrors": ["AAPL", "MSFT"],
    }
    made.remove({"trades": ["AAPL", "IBM"], "bars": ["*"]})
    assert made.message(is_crypto=True) == {
        "T": "subscription",
        "trades": ["MSFT"],
        "quotes": [],
        "bars": [],
        "updatedBars": [],
        "dailyBars": ["AAPL"],
        "orderbooks": [],
    }


def test_an_event_is_given_under_each_name_of_its_symbol() -> None:
    made = Subscriptions(most=10)
    made.add({"trades": {"BTC/USD": PAIR, "BTCUSD": PAIR}})
    assert made.names("trades", PAIR) == ["BTC/USD", "BTCUSD"]
    assert made.names("quotes", PAIR) == []
    assert made.names("trades", "AAPL") == []
    assert made.symbols("trades") == {PAIR}
    made.remove({"trades": ["BTCUSD"]})
    assert made.names("trades", PAIR) == ["BTC/USD"]


def test_a_star_gives_all_by_their_stored_names_but_for_those_named() -> None:
    made = Subscriptions(most=2)
    made.add({"trades": {"*": "*", "BTC/USD": PAIR}})
    assert made.names("trades", "AAPL") == ["AAPL"]
    assert made.names("trades", PAIR) == ["BTC/USD"]


def test_more_symbols_than_allowed_are_refused_as_a_whole() -> None:
    made = Subscriptions(most=2)
    made.add({"trades": {"A": "A", "B": "B"}, "quotes": {"A": "A"}})
    with pytest.raises(StreamError) as raised:
        made.add({"bars": {"A": "A", "C": "C"}})
    assert raised.value.code is Code.TOO_MANY_SYMBOLS
    assert made.symbols("bars") == set()
    made.remove({"trades": ["B"]})
    made.add({"bars": {"A": "A", "C": "C"}})
    assert made.symbols("bars") == {"A", "C"}


def test_what_is_not_stored_stands_for_itself_until_it_is_known() -> None:
    made = Subscriptions(most=3)
    made.add({"trades": {"NEW": None, "BTC/USD": None}, "bars": {"AAPL": "AAPL"}})
    assert made.unknown() == {"trades": ["NEW", "BTC/USD"]}
    assert made.names("trades", "NEW") == ["NEW"]
    made.learn({"trades": {"NEW": "NEW", "BTC/USD": PAIR, "ETH/USD": "KRAKEN:ETH/USD"}})
    assert made.unknown() == {}
    assert made.names("trades", PAIR) == ["BTC/USD"]
    assert made.names("trades", "BTC/USD") == []
    assert made.names("trades", "KRAKEN:ETH/USD") == []  # not subscribed to any more
