"""Bars of the stream: provisional, final once, and revised whenever a final one changes."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.stream import bar_reads, bar_replay, bar_rounds
from api.stream.bars import ROUND_SECONDS
from api.stream.subscription import EVERY
from api.stream.token import Place
from ingest.formats.times import rfc3339
from stack.database import Database
from tests.api.stream.bar_feed import (
    SECOND,
    Client,
    Feed,
    client,
    decoded,
    feeding,
    quote,
    seconds_ago,
    short,
    subscription,
    trade,
)
from tests.ingest import made

# Of months none ends while a test runs, but once a month.
LONG = "1mo"


@pytest.fixture
def feed(fresh_database: str, database: Database) -> Iterator[Feed]:
    """A loader of the database of the test."""
    with feeding(fresh_database, database.edition) as opened:
        yield opened


def run(feed: Feed, test: Any) -> None:
    """Runs a test with the bars of a process."""

    async def with_client() -> None:
        async with client(feed) as following:
            await test(following)

    asyncio.run(with_client())


def test_a_bar_is_final_when_its_time_is_over_without_another_trade(feed: Feed) -> None:
    async def test(following: Client) -> None:
        await following.bars.join(subscription("1s", provisional=True))
        following.load(trade(datetime.now(UTC), "100"), trade(datetime.now(UTC), "101"))
        found = await following.until(lambda events: bool(events) and events[-1]["final"])
        assert short(found[-1])[0] == "final"
        assert found[-1]["symbol"] == "AAPL"
        assert found[-1]["source"] == "sim"
        assert found[-1]["timeframe"] == "1s"
        await following.quiet()

    run(feed, test)


def test_a_final_bar_is_given_once_and_a_late_trade_revises_it(feed: Feed) -> None:
    async def test(following: Client) -> None:
        await following.bars.join(subscription("1s"))
        early, late = seconds_ago(0, 0.2), seconds_ago(0, 0.1)
        following.load(trade(early, "100"))
        assert await following.count(1) == [("final", 100, 100, 100, 100, 10, 1)]
        await following.quiet()
        following.load(trade(late, "98", size="5"))
        assert (await following.count(2))[1] == ("revised", 98, 100, 98, 100, 15, 2)
        await following.quiet()

    run(feed, test)


def test_the_bar_of_another_symbol_in_the_batch_is_not_revised(feed: Feed) -> None:
    async def test(following: Client) -> None:
        at = seconds_ago(30)
        feed.load(trade(at, "100"), trade(at, "7", symbol="IBM"), trade(at + 9 * SECOND, "8"))
        await following.bars.join(subscription("1s", symbols=["AAPL", "IBM"]))
        following.load(trade(at - SECOND, "99"), trade(at + SECOND, "6", symbol="IBM"))
        found = await following.until(lambda events: len(events) == 2)
        assert [(bar["symbol"], *short(bar)[:2]) for bar in found] == [
            ("AAPL", "revised", 99),
            ("IBM", "revised", 6),
        ]
        await following.quiet()

    run(feed, test)


def test_corrected_and_cancelled_trades_revise_and_the_last_one_leaves_none(feed: Feed) -> None:
    async def test(following: Client) -> None:
        at = seconds_ago(120)
        feed.load(trade(at, "100", id_="a"), trade(at, "103", id_="b"))
        await following.bars.join(subscription("1s", "1m"))
        following.load(trade(at, "105", id_="b", flags=["correction"]))
        assert await following.count(2) == [("revised", 100, 105, 100, 105, 20, 2)] * 2
        following.load(trade(at, None, id_="a", size=None, flags=["cancel"]))
        assert (await following.count(4))[2:] == [("revised", 105, 105, 105, 105, 10, 1)] * 2
        following.load(trade(at, None, id_="b", size=None, flags=["cancel"]))
        gone = ("revised gone", None, None, None, None, None, 0)
        assert (await following.count(6))[4:] == [gone] * 2
        await following.quiet()

    run(feed, test)


def test_a_provisional_bar_follows_its_trades_at_most_four_times_per_second(feed: Feed) -> None:
    async def test(following: Client) -> None:
        await following.bars.join(subscription(LONG, provisional=True))
        started = asyncio.get_running_loop().time()
        for number in range(1, 21):
            following.load(trade(datetime.now(UTC), str(100 + number), size="1"))
        found = await following.until(lambda events: bool(events) and events[-1]["n"] == 20)
        spent = asyncio.get_running_loop().time() - started
        assert short(found[-1]) == ("open", 101, 120, 101, 120, 20, 20)
        assert len(found) <= spent / ROUND_SECONDS + 2
        following.load(trade(datetime.now(UTC), "1", symbol="IBM"))
        await following.quiet()

    run(feed, test)


def test_a_provisional_bar_whose_last_trade_is_cancelled_is_gone(feed: Feed) -> None:
    async def test(following: Client) -> None:
        await following.bars.join(subscription(LONG, provisional=True))
        at = datetime.now(UTC)
        following.load(trade(at, "100", id_="a"))
        assert await following.count(1) == [("open", 100, 100, 100, 100, 10, 1)]
        following.load(trade(at, None, id_="a", size=None, flags=["cancel"]))
        assert (await following.count(2))[1][0] == "open gone"

    run(feed, test)


def test_bars_of_a_feed_that_lags_stay_provisional_until_it_has_sent_all(feed: Feed) -> None:
    def marker(state: str, **others: Any) -> bytes:
        return made.encoded(
            {"v": 1, "kind": "feed", "state": state, "source": "sim", "session": "1", **others}
        )

    async def test(following: Client) -> None:
        begin = seconds_ago(60, 0)
        feed.load(
            marker("start", symbol="AAPL", event_kind="trade", since=rfc3339(begin)),
        )
        await following.bars.join(subscription("1s", provisional=True))
        following.load(trade(begin + 10.5 * SECOND, "100"), trade(begin + 20.5 * SECOND, "200"))
        assert [bar[:2] for bar in await following.count(2)] == [("open", 100), ("open", 200)]
        await following.quiet()
        feed.load(marker("heartbeat", until=rfc3339(begin + 15 * SECOND)))
        following.tell("coverage")
        assert [bar[:2] for bar in await following.count(3)][2:] == [("final", 100)]
        feed.load(marker("heartbeat", until=rfc3339(begin + 30 * SECOND)))
        following.tell("coverage")
        assert [bar[:2] for bar in await following.count(4)][3:] == [("final", 200)]
        await following.quiet()

    run(feed, test)


def test_a_late_trade_revises_when_the_stored_bar_has_it_and_not_before(feed: Feed) -> None:
    async def test(following: Client) -> None:
        at = seconds_ago(7200)
        feed.load(trade(at, "100"), trade(at + 3600 * SECOND, "100"))
        feed.make_candles()
        followed = subscription("1m")
        await following.bars.join(followed)
        following.load(trade(at - timedelta(milliseconds=100), "99"))
        await following.quiet()
        place = following.bars.place(followed)
        assert list(place.stale) == ["1m AAPL"]
        feed.make_candles()
        following.tell()
        assert await following.count(1) == [("revised", 99, 100, 99, 100, 20, 2)]
        assert following.bars.place(followed).stale == {}

    run(feed, test)


def test_a_change_of_rules_revises_the_bars_of_its_trades(feed: Feed) -> None:
    async def test(following: Client) -> None:
        at = seconds_ago(30)
        feed.load(trade(at, "100"), trade(at + 5 * SECOND, "200"), trade(at - 5 * SECOND, "50"))
        await following.bars.join(subscription("1s"))
        feed.execute("update market.trades set moves = 0 where price = 200")
        feed.execute(
            "select ops.log_ranges(json_build_array(json_build_object('kind', 'trade',"
            " 'symbols', array['AAPL'], 'since', %s::timestamptz, 'until', %s::timestamptz)))",
            at,
            at + 6 * SECOND,
        )
        following.tell()
        assert [bar[:2] for bar in await following.count(2)] == [
            ("revised", 100),
            ("revised gone", None),
        ]

    run(feed, test)


def test_bars_of_every_level_are_given(feed: Feed) -> None:
    levels = ["1s", "5s", "1m", "10m", "1h", "1d", "1w", "1mo", "3mo"]

    async def test(following: Client) -> None:
        await following.bars.join(subscription(*levels))
        at = datetime(2024, 11, 5, 12, tzinfo=UTC)
        following.load(trade(at, "100"), trade(at + SECOND / 2, "103"))
        bars = await following.until(lambda events: len(events) == len(levels))
        assert {short(bar) for bar in bars} == {("revised", 100, 103, 100, 103, 20, 2)}
        assert {bar["timeframe"]: bar["t"] for bar in bars} == {
            **dict.fromkeys(["1s", "5s", "1m", "10m", "1h"], "2024-11-05T12:00:00Z"),
            "1d": "2024-11-05T00:00:00Z",
            "1w": "2024-11-04T00:00:00Z",
            "1mo": "2024-11-01T00:00:00Z",
            "3mo": "2024-10-01T00:00:00Z",
        }

    run(feed, test)


def test_a_series_of_quotes_alone_has_bars_of_the_mid_price(feed: Feed) -> None:
    async def test(following: Client) -> None:
        at = seconds_ago(30)
        feed.load(quote(at, "1.0", "3.0"))
        await following.bars.join(subscription("1s", symbols=["EUR/USD"]))
        following.load(quote(at + 2 * SECOND, "4.0", "5.0"))
        [bar] = await following.until(lambda events: len(events) == 1)
        assert (bar["o"], bar["sp"], bar["v"]) == (4.5, 1, 0)

    run(feed, test)


def test_a_renamed_instrument_is_followed_under_each_of_its_names(feed: Feed) -> None:
    async def test(following: Client) -> None:
        at = seconds_ago(600)
        rename = at + 30 * SECOND
        feed.load(trade(at, "100", symbol="FB"), trade(rename + SECOND, "200", symbol="META"))
        feed.execute(
            "insert into market.names (symbol, since, until, instrument)"
            " values ('FB', '-infinity', %s, 'META')",
            rename,
        )
        await following.bars.join(subscription("1s", symbols=["META"]))
        following.load(trade(at + SECOND, "101", symbol="FB"))
        following.load(trade(rename + 2 * SECOND, "201", symbol="META"))
        following.load(trade(rename + 3 * SECOND, "999", symbol="FB"))
        found = await following.until(lambda events: len(events) == 2)
        assert [(bar["symbol"], bar["o"]) for bar in found] == [("META", 101), ("META", 201)]
        await following.quiet()

    run(feed, test)


def test_a_source_has_its_own_bars(feed: Feed) -> None:
    async def test(following: Client) -> None:
        at = seconds_ago(30)
        feed.load(trade(at, "100"), trade(at, "7", source="other"))
        await following.bars.join(subscription("1s", source="sim"))
        await following.bars.join(subscription("1s", source="other"))
        following.load(trade(at + SECOND, "8", source="other"))
        following.load(trade(at + SECOND, "101"))
        found = await following.until(lambda events: len(events) == 2)
        assert sorted((bar["source"], bar["o"]) for bar in found) == [("other", 8), ("sim", 101)]

    run(feed, test)


def test_all_symbols_may_be_followed(feed: Feed) -> None:
    async def test(following: Client) -> None:
        followed = subscription("1s", symbols=[EVERY])
        await following.bars.join(followed)
        at = seconds_ago(3)
        following.load(trade(at, "100"), trade(at, "7", symbol="IBM"))
        found = await following.until(lambda events: len(events) == 2)
        assert sorted((bar["symbol"], bar["o"]) for bar in found) == [("AAPL", 100), ("IBM", 7)]
        following.bars.leave(followed)
        following.load(trade(at + SECOND, "100"))
        await asyncio.sleep(0)
        assert len(following.events) == 2

    run(feed, test)


def test_a_symbol_that_is_not_known_yet_is_followed(feed: Feed) -> None:
    async def test(following: Client) -> None:
        await following.bars.join(subscription("1s"))
        await following.quiet()
        following.load(trade(seconds_ago(0, 0.1), "100"))
        assert (await following.count(1))[0][:2] == ("final", 100)

    run(feed, test)


def test_nothing_is_read_of_series_that_did_not_change(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[str] = []
    read = bar_reads.read

    async def counted(conn: Any, asked: Any, displays: Any) -> Any:
        requests.extend(one.key.symbol for one in asked)
        return await read(conn, asked, displays)

    monkeypatch.setattr(bar_reads, "read", counted)

    async def test(following: Client) -> None:
        now = datetime.now(UTC)
        following.feed.load(trade(now, "100"), trade(now, "7", symbol="IBM"))
        await following.bars.join(subscription(LONG, symbols=["AAPL", "IBM"], provisional=True))
        await following.count(2)
        requests.clear()
        following.load(trade(datetime.now(UTC), "101"))
        await following.count(3)
        await following.quiet()
        assert set(requests) == {"AAPL"}

    run(feed, test)


def test_many_series_are_read_in_turn(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    read = bar_reads.read

    async def counted(conn: Any, asked: Any, displays: Any) -> Any:
        sizes.append(sum(one.until is None for one in asked))  # the others are pieces
        return await read(conn, asked, displays)

    monkeypatch.setattr(bar_reads, "read", counted)
    monkeypatch.setattr(bar_rounds, "MOST_SERIES", 3)
    monkeypatch.setattr(bar_rounds, "MOST_NEW", 2)

    async def test(following: Client) -> None:
        symbols = [f"S{number}" for number in range(7)]
        followed = subscription(LONG, symbols=symbols, provisional=True)
        end = await following.bars.join(followed)
        assert await following.replayed(followed, end, end) == []
        for price in ("100", "101"):
            values = (trade(datetime.now(UTC), price, symbol=symbol) for symbol in symbols)
            following.load(*values)
            await following.until(
                lambda bars, price=price: {  # type: ignore[misc]
                    bar["symbol"] for bar in bars if bar["c"] == int(price)
                } == set(symbols)
            )  # fmt: skip
        assert max(sizes) <= 5

    run(feed, test)


def test_a_client_that_comes_back_gets_what_it_missed_and_nothing_twice(feed: Feed) -> None:
    async def first(following: Client) -> Place:
        await following.bars.join(followed)
        following.load(trade(at, "100", id_="a"), trade(at + 5 * SECOND, "105"))
        await following.count(2)
        return following.bars.place(followed)

    async def second(following: Client) -> None:
        end = await following.bars.join(followed)
        found = await following.replayed(followed, place, end)
        found += await following.until(lambda events: len(found) + len(events) >= 2)
        assert list(map(short, found)) == [
            ("revised", 101, 101, 101, 101, 10, 1),
            ("final", 200, 200, 200, 200, 10, 1),
        ]
        await following.quiet()

    followed = subscription("1s")
    at = seconds_ago(60)
    places: list[Place] = []

    async def remember(following: Client) -> None:
        places.append(await first(following))

    run(feed, remember)
    [place] = places
    feed.load(trade(at, "101", id_="a", flags=["correction"]))
    feed.load(trade(place.until + SECOND / 10, "200"))
    run(feed, second)


def test_a_client_of_an_empty_database_gets_older_bars_of_the_first_batch(feed: Feed) -> None:
    async def test(following: Client) -> None:
        followed = subscription("1s")
        end = await following.bars.join(followed)
        bars: list[dict[str, Any]] = []
        async for events, _ in following.bars.replay(followed, Place(0, seconds_ago(30)), end):
            bars += map(decoded, events)
        assert [short(bar)[0] for bar in bars] == ["revised"]

    feed.load(trade(seconds_ago(60), "100"))
    run(feed, test)


def test_history_and_what_comes_live_join_without_a_hole_or_a_double(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bar_replay, "MOST_BARS", 7)

    async def test(following: Client) -> None:
        followed = subscription("1s", "5s")
        end = await following.bars.join(followed)
        begin = Place(end.number, start + 10 * SECOND)
        history: list[dict[str, Any]] = []
        places = []
        async for events, place in following.bars.replay(followed, begin, end):
            history += map(decoded, events)
            places.append(place.until)
            if len(places) == 2:
                following.load(trade(start + 59.7 * SECOND, "7"))
        assert places == sorted(places)
        of_seconds = [bar["t"] for bar in history if bar["timeframe"] == "1s"]
        assert len(of_seconds) == len(set(of_seconds)) == 50
        assert len([bar for bar in history if bar["timeframe"] == "5s"]) == 10
        assert {short(bar)[0] for bar in history} == {"final"}
        revised = await following.count(2)
        assert [bar[0] for bar in revised] == ["revised"] * 2

    start = seconds_ago(120, 0)
    start = start.replace(second=start.second - start.second % 5)
    feed.load(*(trade(start + (n + 0.5) * SECOND, str(100 + n)) for n in range(60)))
    run(feed, test)
