"""Events in, the messages of one client out."""

from api.alpaca.stream.outbox import Outbox, rendered
from api.alpaca.stream.subscriptions import Subscriptions
from api.alpaca.stream.wire import JSON
from api.stream.events import Event
from api.stream.subscription import Topic
from db.tables.display import Display

PAIR = "KRAKEN:BTC/USD"


def trade(symbol: str, price: str) -> Event:
    text = f'{{"type":"trade","action":"new","t":"2026-02-27T12:05:00Z","p":{price},"s":1}}'
    return Event(Topic("trades"), symbol, "sim", {Display(): text.encode()})


def bar(symbol: str, close: str, timeframe: str = "1d", *, final: bool = False) -> Event:
    text = (
        f'{{"type":"bar","timeframe":"{timeframe}","final":{str(final).lower()},'
        f'"t":"2026-02-27T00:00:00Z","o":1,"h":9,"l":1,"c":{close},"v":5,"n":2,"vw":1.5}}'
    )
    topic = Topic("bars" if final else "provisional", timeframe)
    return Event(topic, symbol, "sim", {Display(): text.encode()})


def outbox(**wanted: dict[str, str]) -> Outbox:
    subscriptions = Subscriptions(most=10)
    subscriptions.add(wanted)
    return Outbox(JSON, subscriptions)


def closes(messages: list[bytes]) -> list[str]:
    return [message.decode().partition('"c":')[2][0] for message in messages]


def test_a_client_gets_what_it_wants_under_the_names_it_uses_in_their_order() -> None:
    made = outbox(trades={"BTC/USD": PAIR, "BTCUSD": PAIR, "AAPL": "AAPL"})
    given = [trade("AAPL", "1"), trade("MSFT", "2"), trade(PAIR, "3.50"), bar("AAPL", "1")]
    body = b',"s":1,"c":[],"t":"2026-02-27T12:05:00Z"}'
    assert list(made.messages(given, 0.0)) == [
        b'{"T":"t","S":"AAPL","p":1' + body,
        b'{"T":"t","S":"BTC/USD","p":3.50' + body,
        b'{"T":"t","S":"BTCUSD","p":3.50' + body,
    ]


def test_an_event_is_rendered_once_for_all_clients_of_a_form() -> None:
    event = trade("AAPL", "1")
    [first] = outbox(trades={"AAPL": "AAPL"}).messages([event], 0.0)
    made = rendered(JSON, event)
    assert made == b"t-" + b"{" + first.partition(b'"AAPL",')[2]
    assert rendered(JSON, event) is made


def test_the_bar_of_the_day_under_way_comes_once_a_minute_with_its_newest_values() -> None:
    made = outbox(dailyBars={"AAPL": "AAPL"})
    assert closes(list(made.messages([bar("AAPL", "1"), bar("AAPL", "2")], 0.0))) == ["1"]
    assert closes(list(made.messages([bar("AAPL", "3")], 30.0))) == []
    assert made.seconds_to_next(30.0) == 30.0
    assert closes(list(made.due(60.0))) == ["3"]
    assert made.seconds_to_next(60.0) is None


def test_the_bar_of_a_day_that_is_over_does_not_wait() -> None:
    made = outbox(dailyBars={"AAPL": "AAPL"})
    list(made.messages([bar("AAPL", "1"), bar("AAPL", "2")], 0.0))
    assert closes(list(made.messages([bar("AAPL", "4", final=True)], 1.0))) == ["4"]
    assert list(made.due(100.0)) == []


def test_a_bar_that_waits_is_not_given_to_a_client_that_does_not_want_it_any_more() -> None:
    subscriptions = Subscriptions(most=10)
    subscriptions.add({"dailyBars": {"AAPL": "AAPL"}})
    made = Outbox(JSON, subscriptions)
    list(made.messages([bar("AAPL", "1"), bar("AAPL", "2")], 0.0))
    subscriptions.remove({"dailyBars": ["AAPL"]})
    assert list(made.due(100.0)) == []


def test_final_minutes_are_bars_and_others_are_not() -> None:
    made = outbox(bars={"AAPL": "AAPL"})
    given = [bar("AAPL", "1", "1m", final=True), bar("AAPL", "2", "1m"), bar("AAPL", "3")]
    assert closes(list(made.messages(given, 0.0))) == ["1"]
