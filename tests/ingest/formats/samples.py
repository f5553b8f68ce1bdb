"""A message of every accepted format, as its venue sends it, and frames of venues that are none."""

NATIVE_TRADE = {
    "v": 1,
    "kind": "trade",
    "source": "kraken",
    "symbol": "KRAKEN:BTC/USD",
    "event_time": "2026-02-27T12:05:00.123456789Z",
    "received_at": "2026-02-27T12:05:00.200Z",
    "price": "64012.1",
    "size": "0.0031",
    "side": "buy",
    "trade_id": "77001",
    "seq": 77001,
    "dedupe_id": "77001",
    "exchange": "V",
    "tape": "C",
    "conditions": ["@", " ", "I"],
}
NATIVE_QUOTE = {
    "v": 1,
    "kind": "quote",
    "source": "dukascopy",
    "symbol": "DUKASCOPY:EUR/USD",
    "event_time": "2026-02-26T12:00:00.093Z",
    "bid": "1.08001",
    "bid_size": "900000",
    "ask": "1.08004",
    "ask_size": "1800000",
    "dedupe_id": "1772107200093-0",
    "flags": ["backfill"],
}
NATIVE_END = {
    "v": 1,
    "kind": "batch_end",
    "batch": "dukascopy/EURUSD/2026-02-26T12",
    "rows": 812,
    "event_kind": "quote",
    "source": "dukascopy",
    "symbol": "DUKASCOPY:EUR/USD",
    "since": "2026-02-26T12:00:00Z",
    "until": "2026-02-26T13:00:00Z",
}
LEGACY = {
    "symbol": "AAPL",
    "price": 187.1,
    "volume": 100,
    "timestamp": "2026-02-27 12:05:00",
    "fetch_timestamp": 1_772_193_901,
    "trade_id": 77,
    "channel": "web",
}
ALPACA_TRADE = {
    "T": "t",
    "S": "IBM",
    "i": 52983,
    "x": "V",
    "p": 189.5,
    "s": 100,
    "c": ["@", "I"],
    "z": "A",
    "t": "2026-02-27T15:05:00.123456789Z",
}
ALPACA_COIN = {
    "T": "t",
    "S": "BTC/USD",
    "p": 64012.1,
    "s": 0.0031,
    "t": "2026-02-27T15:05:00.5Z",
    "i": 77001,
    "tks": "S",
}
ALPACA_QUOTE = {
    "T": "q",
    "S": "IBM",
    "bx": "V",
    "bp": 189.4,
    "bs": 3,
    "ax": "Q",
    "ap": 189.6,
    "as": 2,
    "c": ["R"],
    "z": "A",
    "t": "2026-02-27T15:05:00.1Z",
}
ALPACA_OPTION = {
    "T": "t",
    "S": "AAPL260315C00172500",
    "t": "2026-02-27T15:05:00Z",
    "p": 2.84,
    "s": 1,
    "x": "N",
    "c": "I",
}
ALPACA_OPTION_QUOTE = {
    "T": "q",
    "S": "AAPL260315C00172500",
    "t": "2026-02-27T15:05:00Z",
    "bx": "N",
    "bp": 2.83,
    "bs": 12,
    "ax": "C",
    "ap": 2.85,
    "as": 9,
    "c": "A",
}
ALPACA_CORRECTION = {
    "T": "c",
    "S": "IBM",
    "x": "V",
    "oi": 52983,
    "op": 189.5,
    "os": 100,
    "oc": ["@", "I"],
    "ci": 52990,
    "cp": 189.45,
    "cs": 90,
    "cc": ["@"],
    "z": "A",
    "t": "2026-02-27T15:09:00Z",
}
ALPACA_CANCEL = {
    "T": "x",
    "S": "IBM",
    "i": 52983,
    "x": "V",
    "p": 189.5,
    "s": 100,
    "a": "C",
    "z": "A",
    "t": "2026-02-27T15:10:00Z",
}
BINANCE_TRADE = {
    "e": "trade",
    "E": 1_772_193_900_125,
    "s": "BTCUSDT",
    "t": 12345,
    "p": "64012.10",
    "q": "0.0031",
    "T": 1_772_193_900_123,
    "m": True,
    "M": True,
}
BINANCE_AGGREGATE = {
    "e": "aggTrade",
    "E": 1_772_193_900_125,
    "s": "BTCUSDT",
    "a": 777,
    "p": "64012.10",
    "q": "0.5",
    "f": 12340,
    "l": 12345,
    "T": 1_772_193_900_123,
    "m": False,
    "M": True,
}
BINANCE_BOOK = {
    "u": 400900217,
    "s": "BNBUSDT",
    "b": "25.35190000",
    "B": "31.21000000",
    "a": "25.36520000",
    "A": "40.66000000",
}
BINANCE_FUTURES_BOOK = BINANCE_BOOK | {
    "e": "bookTicker",
    "E": 1_772_193_900_125,
    "T": 1_772_193_900_123,
}
BYBIT_TRADES = {
    "topic": "publicTrade.BTCUSDT",
    "type": "snapshot",
    "ts": 1_772_193_900_200,
    "data": [
        {
            "T": 1_772_193_900_123,
            "s": "BTCUSDT",
            "S": "Sell",
            "v": "0.001",
            "p": "64012.10",
            "L": "PlusTick",
            "i": "20f43950-d8dd-5b31-9112-a178eb6023af",
            "BT": False,
            "seq": 1783284617,
        }
    ],
}
BYBIT_TICKER = {
    "topic": "tickers.BTCUSDT",
    "type": "snapshot",
    "data": {
        "symbol": "BTCUSDT",
        "lastPrice": "64012.10",
        "bid1Price": "64012.00",
        "bid1Size": "1.5",
        "ask1Price": "64012.10",
        "ask1Size": "0.25",
    },
    "cs": 24987956059,
    "ts": 1_772_193_900_123,
}
COINBASE_TRADES = {
    "channel": "market_trades",
    "client_id": "",
    "timestamp": "2026-02-27T12:05:00.2Z",
    "sequence_num": 5,
    "events": [
        {
            "type": "update",
            "trades": [
                {
                    "trade_id": "995098700",
                    "product_id": "BTC-USD",
                    "price": "64012.10",
                    "size": "0.0015",
                    "side": "BUY",
                    "time": "2026-02-27T12:05:00.123456Z",
                }
            ],
        }
    ],
}
COINBASE_TICKER = {
    "channel": "ticker",
    "client_id": "",
    "timestamp": "2026-02-27T12:05:00.123456Z",
    "sequence_num": 12,
    "events": [
        {
            "type": "snapshot",
            "tickers": [
                {
                    "type": "ticker",
                    "product_id": "BTC-USD",
                    "price": "64012.10",
                    "volume_24_h": "15328.12345678",
                    "best_bid": "64012.00",
                    "best_bid_quantity": "1.5",
                    "best_ask": "64012.10",
                    "best_ask_quantity": "0.25",
                }
            ],
        }
    ],
}
FINNHUB_FRAME = {
    "type": "trade",
    "data": [{"s": "AAPL", "p": 187.1, "t": 1_772_193_900_123, "v": 100, "c": ["1", "12"]}],
}
FINNHUB_TRADE = {"s": "OANDA:EUR_USD", "p": 1.08, "t": 1_772_193_900_123, "v": 0, "c": None}
KRAKEN_TRADES = {
    "channel": "trade",
    "type": "update",
    "data": [
        {
            "symbol": "XBT/USD",
            "side": "sell",
            "price": 64012.1,
            "qty": 0.0031,
            "ord_type": "market",
            "trade_id": 77001,
            "timestamp": "2026-02-27T12:05:00.123456Z",
        }
    ],
}
KRAKEN_TICKER = {
    "channel": "ticker",
    "type": "snapshot",
    "data": [
        {
            "symbol": "XDG/USD",
            "bid": 0.1,
            "bid_qty": 5,
            "ask": 0.2,
            "ask_qty": 6,
            "last": 0.1,
            "volume": 1000,
            "timestamp": "2026-02-27T12:05:00Z",
        }
    ],
}
OANDA_PRICE = {
    "type": "PRICE",
    "time": "2026-02-27T12:05:00.123456789Z",
    "bids": [
        {"price": "1.08001", "liquidity": 1_000_000},
        {"price": "1.08000", "liquidity": 2_000_000},
    ],
    "asks": [{"price": "1.08012", "liquidity": 1_500_000}],
    "closeoutBid": "1.07990",
    "closeoutAsk": "1.08020",
    "status": "tradeable",
    "tradeable": True,
    "instrument": "EUR_USD",
}
# As SPtraderB's service passed it on.
OANDA_PASSED_ON = {
    "type": "PRICE",
    "instrument": "EUR_USD",
    "time": "2026-02-27T12:05:00.123456789Z",
    "bid": {"price": "1.08001", "liquidity": 1_000_000},
    "ask": {"price": "1.08012", "liquidity": 1_500_000},
    "closeout_bid": "1.07990",
    "closeout_ask": "1.08020",
    "status": "tradeable",
    "source": "oanda",
    "account": "101-001-7654321-001",
}
OKX_TRADES = {
    "arg": {"channel": "trades", "instId": "BTC-USDT"},
    "data": [
        {
            "instId": "BTC-USDT",
            "tradeId": "130639474",
            "px": "64012.1",
            "sz": "0.12",
            "side": "buy",
            "ts": "1772193900123",
            "count": "3",
        }
    ],
}
OKX_TICKER = {
    "arg": {"channel": "tickers", "instId": "BTC-USDT"},
    "data": [
        {
            "instType": "SPOT",
            "instId": "BTC-USDT",
            "last": "64012.1",
            "lastSz": "0.1",
            "askPx": "64012.2",
            "askSz": "11",
            "bidPx": "64012.1",
            "bidSz": "5",
            "vol24h": "2222",
            "ts": "1772193900123",
        }
    ],
}
OKX_BEST = {
    "arg": {"channel": "bbo-tbt", "instId": "BTC-USDT-SWAP"},
    "data": [
        {
            "asks": [["64012.2", "11", "0", "4"]],
            "bids": [["64012.1", "5", "0", "2"]],
            "ts": "1772193900123",
            "seqId": 363996337,
        }
    ],
}

# By the module that reads them.
WITH_EVENTS = {
    "native": [NATIVE_TRADE, NATIVE_QUOTE, NATIVE_END, {"v": 1, "kind": "trade", "symbol": "A",
               "source": "x", "price": "1", "event_time": "2026-02-27T12:05:00Z"}],
    "legacy": [LEGACY],
    "alpaca": [ALPACA_TRADE, ALPACA_COIN, ALPACA_QUOTE, ALPACA_CORRECTION, ALPACA_CANCEL,
               ALPACA_OPTION, ALPACA_OPTION_QUOTE],
    "binance": [
        BINANCE_TRADE,
        {"stream": "btcusdt@trade", "data": BINANCE_TRADE},
        BINANCE_AGGREGATE,
        BINANCE_FUTURES_BOOK,
    ],
    "bybit": [BYBIT_TRADES, BYBIT_TICKER],
    "coinbase": [COINBASE_TRADES, COINBASE_TICKER],
    "finnhub": [FINNHUB_FRAME, FINNHUB_TRADE],
    "kraken": [KRAKEN_TRADES, KRAKEN_TICKER],
    "oanda": [OANDA_PRICE, OANDA_PASSED_ON],
    "okx": [OKX_TRADES, OKX_TICKER, OKX_BEST],
}  # fmt: skip

ANSWER = {
    "method": "subscribe",
    "result": {"channel": "trade", "symbol": "BTC/USD", "snapshot": True},
    "success": True,
    "time_in": "2026-02-27T12:04:31.742599Z",
    "time_out": "2026-02-27T12:04:31.742648Z",
    "req_id": 1,
}
# By the module that reads them, with the reason under which they are counted.
IGNORED = {
    "alpaca": [
        ({"T": "success", "msg": "authenticated"}, "status"),
        ({"T": "error", "code": 406, "msg": "connection limit exceeded"}, "error"),
        ({"T": "subscription", "trades": ["IBM"], "quotes": [], "bars": ["*"]}, "subscription"),
    ],
    "binance": [
        ({"result": None, "id": 1}, "subscription"),
        ({"e": "serverShutdown", "E": 1_772_193_900_125}, "status"),
    ],
    "bybit": [
        (
            {"success": False, "ret_msg": "Invalid topic", "conn_id": "c-2x", "op": "subscribe"},
            "subscription",
        ),
        (
            {"success": True, "ret_msg": "pong", "conn_id": "c", "req_id": "1", "op": "ping"},
            "heartbeat",
        ),
        ({"op": "pong", "args": ["1772193900123"], "conn_id": "c", "req_id": "1"}, "heartbeat"),
    ],
    "coinbase": [
        (
            {
                "channel": "heartbeats",
                "client_id": "",
                "timestamp": "2026-02-27T12:05:00Z",
                "sequence_num": 0,
                "events": [{"current_time": "2026-02-27 12:05:00 +0000", "heartbeat_counter": 42}],
            },
            "heartbeat",
        ),
        (
            {
                "channel": "subscriptions",
                "client_id": "",
                "timestamp": "2026-02-27T12:05:00Z",
                "sequence_num": 0,
                "events": [{"subscriptions": {"market_trades": ["BTC-USD"]}}],
            },
            "subscription",
        ),
    ],
    "finnhub": [
        ({"type": "ping"}, "heartbeat"),
        ({"type": "error", "msg": "Subscribing to too many symbols"}, "error"),
    ],
    "kraken": [
        ({"channel": "heartbeat"}, "heartbeat"),
        (
            {
                "method": "pong",
                "req_id": 42,
                "time_in": "2026-02-27T12:05:00.123456Z",
                "time_out": "2026-02-27T12:05:00.1235Z",
            },
            "heartbeat",
        ),
        (
            {
                "channel": "status",
                "type": "update",
                "data": [{"system": "online", "api_version": "v2", "connection_id": 1}],
            },
            "status",
        ),
        (ANSWER, "subscription"),
    ],
    "oanda": [
        ({"type": "HEARTBEAT", "time": "2026-02-27T12:05:00.123456789Z"}, "heartbeat"),
    ],
    "okx": [
        ({"event": "subscribe", "arg": OKX_TRADES["arg"], "connId": "a4d3ae55"}, "subscription"),
        ({"event": "error", "code": "60012", "msg": "Invalid request", "connId": "a"}, "error"),
    ],
}

# No format knows them, though some have the letters of one.
FOREIGN = [
    {"channel": "trades", "data": [{"coin": "ETH", "side": "A", "px": "2900", "sz": "1",
                                    "time": 1_772_193_900_123, "tid": 88}]},
    {"event": "trade", "channel": "live_trades_ethusd",
     "data": {"id": 9, "amount": 0.5, "price": 2900, "type": 1}},
    {"time": 1_772_193_900, "channel": "spot.trades", "event": "update",
     "result": {"id": 5, "currency_pair": "ETH_USDT", "amount": "1", "price": "2900"}},
    {"jsonrpc": "2.0", "method": "subscription",
     "params": {"channel": "trades.ETH-PERPETUAL.raw", "data": [{"trade_id": "4", "price": 1}]}},
    {"jsonrpc": "2.0", "id": 1, "result": ["trades.ETH-PERPETUAL.raw"]},
    {"timestamp": "2026-02-27T12:05:00Z", "symbol": "XBTUSD", "side": "Sell", "size": 100,
     "price": 64012.5, "tickDirection": "ZeroPlusTick", "trdMatchID": "0"},
    {"timestamp": "2026-02-27T12:05:00Z", "symbol": "XBTUSD", "bidSize": 5, "bidPrice": 1,
     "askPrice": 2, "askSize": 5},
    {"table": "trade", "action": "insert", "data": [{"symbol": "XBTUSD", "price": 1, "size": 1}]},
    {"ev": "T", "sym": "MSFT", "x": 4, "i": "12345", "z": 3, "p": 114.125, "s": 100, "c": [0, 12],
     "t": 1_772_193_900_123, "q": 3681328},
    {"e": "trade", "s": "BTCUSDT", "p": "1", "t": 1, "T": 1_772_193_900_123},
    {"e": "kline", "E": 1, "s": "BTCUSDT", "k": {}},
    {"s": "AAPL", "p": 1, "t": 1_772_193_900, "v": 1, "x": 4},
    {"s": "AAPL", "p": "1", "t": 1_772_193_900, "v": 1},
    {"s": "AAPL", "p": 1, "t": "2026-02-27T12:05:00Z", "v": 1},
    {"channel": "trade", "data": [{"symbol": "A", "price": 1, "qty": 1}]},
    {"channel": "trade", "type": "update", "data": [{"symbol": "A", "price": 1, "amount": 1}]},
    {"channel": "trade", "type": "update"},
    {"channel": "heartbeat", "symbol": "A"},
    {"channel": "candles", "client_id": "", "timestamp": "x", "sequence_num": 0, "events": []},
    {"channel": "heartbeats", "client_id": "", "timestamp": "x", "sequence_num": 0,
     "events": [{"trades": []}]},
    {"method": "subscribe", "success": True},
    {"method": "subscribe", "params": {"channel": "trade", "symbol": ["BTC/USD"]}},
    {"topic": "kline.5.BTCUSDT", "type": "snapshot", "ts": 1, "data": []},
    {"topic": "trade.BTCUSDT", "type": "snapshot", "ts": 1, "data": {"v": "1", "t": 1, "p": "1"}},
    {"success": True, "symbol": "A"},
    {"arg": {"channel": "candle1D", "instId": "BTC-USDT"}, "data": [["1772193900123", "1"]]},
    {"arg": {"channel": "trades", "instId": "BTC-USDT"}, "data": [{"px": "1"}]},
    {"event": "subscribe", "arg": {}, "data": []},
    {"T": "b", "S": "IBM", "o": 1, "h": 1, "l": 1, "c": 1, "v": 1, "t": "2026-02-27T12:05:00Z"},
    {"T": "t", "S": "IBM"},
    {"T": "success", "msg": "connected", "S": "IBM"},
    {"type": "news", "data": []},
    {"type": "trade", "data": [{"price": 1, "symbol": "A"}]},
    {"type": "ping", "symbol": "A"},
    {"result": 5, "id": 1},
    {"stream": "a@trade", "data": {"p": "1"}},
    {"v": 17.5, "kind": "print", "symbol": "A"},
    {"symbol": "A", "price": 1},
    {"symbol": "A", "price": 1, "qty": 1, "timestamp": 1_772_193_900},
    {"stream": "trade.ETH_USDC",
     "data": {"e": "trade", "E": 1_772_193_900_125_000, "s": "ETH_USDC", "p": "2900.5",
              "q": "0.3", "b": "81", "a": "82", "t": 9, "T": 1_772_193_900_123_000, "m": False}},
    {"stream": "bookTicker.ETH_USDC",
     "data": {"e": "bookTicker", "E": 1_772_193_900_125_000, "s": "ETH_USDC", "a": "2901",
              "A": "1", "b": "2900", "B": "2", "u": "77", "T": 1_772_193_900_123_000}},
    {"s": "IBM", "p": 189.5, "c": [12], "v": 5, "dp": False, "ms": "open", "t": 1_772_193_900_123},
    {"event": "price", "symbol": "IBM", "currency": "USD", "exchange": "NYSE",
     "type": "Common Stock", "timestamp": 1_772_193_900, "price": 189.5, "day_volume": 1_000_000},
    {"event": "price", "symbol": "EUR/USD", "currency_base": "Euro", "timestamp": 1_772_193_900,
     "price": 1.08},
    {"symbol": "MARK:P-ETH", "type": "mark_price", "price": "3.5",
     "timestamp": 1_772_193_900_123_456},
    {"symbol": "XBTUSD", "side": "Buy", "price": "1", "order_id": "9", "status": "new",
     "orderQty": "4", "timestamp": 1_772_193_900},
    {"symbol": "IBM", "price": 189.5, "bid": 189.4, "ask": 189.6, "timestamp": 1_772_193_900},
    {"symbol": "IBM", "price": 189.5, "dayLow": 188, "marketCap": 5, "volume": 1_000_000,
     "avgVolume": 900_000, "previousClose": 188.5, "timestamp": 1_772_193_900},
    {"action": "snapshot", "arg": {"instType": "sp", "channel": "trades", "instId": "ETHUSDT"},
     "data": [{"instId": "ETHUSDT", "tradeId": "1", "px": "2900", "sz": "1", "side": "buy",
               "ts": "1772193900123"}]},
]  # fmt: skip
