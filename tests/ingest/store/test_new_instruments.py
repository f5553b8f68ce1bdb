"""The loader adds unknown symbols, with what their spelling makes certain."""

from tests.ingest import made


def test_a_pair_after_its_venue_has_its_base_and_quote(store_all, query):
    symbols = (
        "KRAKEN:BTC/USD",
        "OANDA:EUR/USD",
        "COINBASE:BTC-USD",
        "BTC/USD",
        "BRK/B",
        "AAPL",
        "%",
    )
    store_all([made.trade(n, symbol=symbol) for n, symbol in enumerate(symbols)])
    assert query("select symbol, base, quote from market.instruments order by symbol") == [
        ("%", None, None),
        ("AAPL", None, None),
        ("BRK/B", None, None),
        ("BTC/USD", None, None),
        ("COINBASE:BTC-USD", None, None),
        ("KRAKEN:BTC/USD", "BTC", "USD"),
        ("OANDA:EUR/USD", "EUR", "USD"),
    ]
    assert query("select asset_class, calendar from market.instruments group by 1, 2") == [
        (None, None)
    ]


def test_what_people_have_set_of_a_pair_stays(store_all, query):
    query("insert into market.instruments (symbol, base) values ('KRAKEN:XBT/USD', 'BTC')")
    store_all([made.trade(1, symbol="KRAKEN:XBT/USD")])
    assert query("select base, quote from market.instruments") == [("BTC", None)]
