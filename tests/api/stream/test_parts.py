"""The pure parts of the stream: tokens, sources, windows, queues, subscriptions, coverage."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from api.stream import coverage, token
from api.stream.events import DEFAULT, Change, Event, Fault, Key, Order, Position
from api.stream.parts import parts
from api.stream.sources import compact, expanded
from api.stream.subscriber import QUEUE_BYTES, Subscriber
from api.stream.subscription import BARS, EVERY, QUOTES, TRADES, Subscription, Topic
from api.stream.token import Cursor, Past, Place, Token
from api.stream.view import View
from api.stream.window import within
from db.tables.display import Display

NOON = datetime(2026, 2, 27, 12, tzinfo=UTC)
A = Subscription(wanted={Topic(TRADES): frozenset("A")})


def trade(
    number: int, *, second: int = 0, was: int | None = None, action: str = "new", bytes_: int = 10
) -> Event:
    """Returns a trade of A that a commit changed, `second` after noon."""
    key, old = (
        None if at is None else Key(NOON + timedelta(seconds=at), 0, 0, True, str(number))
        for at in (second, was)
    )
    assert key is not None
    body = b'{"type":"trade","action":"%b","x":"%b"' % (action.encode(), b"." * bytes_)
    body += b"}" if was is None else b',"was":{"t":1}}'
    order = Order(number, False, key.ts, True, 0, 0, True, str(number), False, "A", "sim")
    return Event(
        Topic(TRADES), "A", "sim", {DEFAULT: body}, action=action, key=key, was=old, order=order
    )


def at(number: int) -> Cursor:
    return Cursor(Position(number, 7))


def test_a_token_is_read_as_it_was_written() -> None:
    event = trade(9)
    whole = Token(
        Cursor(Position(8, -(2**63)), event.order),
        Place(5, NOON, {"A": NOON}),
        (NOON, 999),
        Past("trades", "sim", "A", NOON, 1, 2, None),
        {"sim": [], "kraken": ["B"]},
        b"digest",
    )
    assert token.read(token.write(whole)) == whole
    assert token.read(token.write(Token(at(1)))) == Token(at(1))


@pytest.mark.parametrize("text", ["", "x", "k5IHzwAA", "....", "é", token.write(Token(at(1)))[:-2]])
def test_what_is_no_token_is_none(text: str) -> None:
    assert token.read(text) is None


def test_a_token_stays_small_whatever_is_followed() -> None:
    symbols = [f"BINANCE:SYMBOL{number}USDT" for number in range(1000)]
    sources = {symbol: f"source{number % 3}" for number, symbol in enumerate(symbols)}
    view = View(
        Subscription(wanted={Topic(TRADES): frozenset(symbols)}, sources=sources), (NOON, 1)
    )
    place = Place(10**9, NOON, dict.fromkeys(symbols[:16], NOON))
    assert len(view.resume(at(10**9), place)) < 2000


def test_sources_are_compact_and_come_back() -> None:
    symbols = ["A", "B", "C", "D"]
    sources = {"A": "sim", "B": "kraken", "C": "sim"}
    found = compact(sources, symbols)
    assert found == {"sim": [], "kraken": ["B"], "": ["D"]}
    assert expanded(found, symbols) == sources
    assert compact({}, symbols) == {}
    assert compact({str(n): str(n % 2) for n in range(99)}, map(str, range(99))) == {}


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (trade(1, second=5), "new"),
        (trade(1, second=4), None),
        (trade(1, second=4, was=4, action="cancelled"), None),
        (trade(1, second=5, was=5, action="cancelled"), "cancelled"),
        (trade(1, second=6, was=5, action="corrected"), "corrected"),
        (trade(1, second=6, was=4, action="corrected"), "new"),
        (trade(1, second=4, was=6, action="corrected"), "cancelled"),
        (trade(1, second=4, was=3, action="corrected"), None),
    ],
)
def test_what_moves_over_the_start_comes_or_goes(event: Event, told: str | None) -> None:
    found = within(event, (NOON + timedelta(seconds=5), 0))
    assert (found and found.action) == told
    if found is not None and told is not None:
        assert b'"action":"%b"' % told.encode() in found.body()
        assert (b"was" in found.body()) == (told != "new")


def test_a_large_commit_is_given_in_parts_with_places_of_their_own() -> None:
    events = [trade(number, bytes_=30_000) for number in range(1, 6)]
    found = list(parts(events, at(0), at(5)))
    assert [len(part) for part, _ in found] == [3, 2]
    assert [end for _, end in found] == [Cursor(Position(0, 7), events[2].order), at(5)]


def test_a_client_that_is_behind_by_too_much_is_told_and_dropped() -> None:
    async def scenario() -> None:
        subscriber = Subscriber(View(A), at(0))
        size = 0
        number = 0
        while size <= QUEUE_BYTES:
            number += 1
            events = [trade(number, bytes_=60_000)]
            subscriber.give(events, at(number))
            size = subscriber.waiting_bytes
        first = await anext(subscriber)
        subscriber.give([trade(number + 1)], at(number + 1))
        subscriber.give([trade(number + 2, bytes_=60_000)], at(number + 2))
        subscriber.give([trade(number + 3)], at(number + 3))
        last = [message async for message in subscriber]
        assert last[-1].fault is not None
        assert last[-1].fault.code == "slow"
        assert last[-1].resume == first.resume, "what was dropped is given again"
        assert len(last) == 1

    asyncio.run(scenario())


def test_one_commit_is_never_too_much() -> None:
    async def scenario() -> None:
        subscriber = Subscriber(View(A), at(0))
        subscriber.give([trade(n, bytes_=60_000) for n in range(50)], at(50))
        assert subscriber.waiting_bytes > 2 * QUEUE_BYTES
        count = 0
        async for message in subscriber:
            count += len(message.events)
            if count == 50:
                break
        assert message.resume == View(A).resume(at(50))

    asyncio.run(scenario())


def test_a_client_that_has_read_further_gets_nothing_twice() -> None:
    async def scenario() -> None:
        subscriber = Subscriber(View(A), at(5), ahead=at(7))
        subscriber.give([trade(6), trade(7)], at(7))
        subscriber.give([trade(8)], at(8))
        message = await anext(subscriber)
        assert [event.order and event.order.number for event in message.events] == [8]
        subscriber.tell(Fault("ended", ""))
        assert [one.fault and one.fault.code async for one in subscriber] == ["ended"]

    asyncio.run(scenario())


def test_the_first_event_of_a_symbol_says_its_source() -> None:
    view = View(Subscription(wanted={Topic(TRADES): frozenset([EVERY, "A"])}))
    other = Event(Topic(TRADES), "A", "kraken", {DEFAULT: b"{}"}, key=trade(1).key)
    assert view.takes(trade(1))
    assert not view.takes(other)
    assert view.takes(Event(Topic(TRADES), "B", "kraken", {DEFAULT: b"{}"}, key=trade(1).key))
    assert view.sources == {"A": "sim"}


def test_a_subscription_is_changed_by_topic() -> None:
    bars = Topic(BARS, "1m")
    more = A.with_more({bars: frozenset("AB")})
    assert more.symbols() == frozenset("AB")
    assert more.symbols(TRADES) == frozenset("A")
    assert (more.size, more.has_bars, A.has_bars) == (3, True, False)
    assert more.without({bars: frozenset("ABC")}) == A
    assert more.digest != A.digest
    assert A.with_more({Topic(QUOTES): frozenset()}).symbols(QUOTES) == frozenset()


def test_coverage_is_one_range_per_symbol_and_kind() -> None:
    def change(symbol: str, first: int, last: int, kind: str | None) -> Change:
        since, until = (NOON + timedelta(seconds=second) for second in (first, last))
        return Change(1, "coverage", symbol, None, since, until, kind)

    seconds = Display(ts="s")
    found = coverage.coverage_events(
        [change("A", 0, 60, "trade"), change("A", 30, 90, None), change("A", 1, 2, "trade")],
        (DEFAULT, seconds),
    )
    assert [event.body() for event in found] == [
        b'{"type":"coverage","symbol":"A","kind":"%b","start":"2026-02-27T12:00:%bZ",'
        b'"end":"2026-02-27T12:01:30Z"}' % kind
        for kind in ((b"trade", b"00"), (b"quote", b"30"))
    ]
    assert b'"start":1772193600,' in found[0].body(seconds)
