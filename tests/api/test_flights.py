"""Equal questions are one query while it runs, and for a moment after; memory is bounded."""

import asyncio
import time

from api.flights import Cache, Flights, key_of


class Query:
    """A query that answers when it is told to, and counts how often it was sent."""

    def __init__(self) -> None:
        self.sent = 0
        self.cancelled = 0
        self.answer = asyncio.Event()

    async def fetch(self) -> tuple[str, ...]:
        """Waits for the answer."""
        self.sent += 1
        try:
            await self.answer.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return ("row",)


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_equal_questions_at_the_same_time_are_one_query() -> None:
    async def attempt() -> None:
        query, flights = Query(), Flights()
        waiting = [asyncio.create_task(flights.join("k", query.fetch)) for _ in range(100)]
        other = asyncio.create_task(flights.join("other", query.fetch))
        await _turns()
        query.answer.set()
        assert await asyncio.gather(*waiting, other) == [("row",)] * 101
        assert query.sent == 2
        assert await flights.join("k", query.fetch) == ("row",)
        assert query.sent == 3

    asyncio.run(attempt())


def test_query_goes_on_until_the_last_that_waits_leaves() -> None:
    async def attempt() -> None:
        query, flights = Query(), Flights()
        first, second = (asyncio.create_task(flights.join("k", query.fetch)) for _ in range(2))
        await _turns()
        first.cancel()
        await _turns()
        assert query.cancelled == 0
        second.cancel()
        await _turns()
        assert (query.sent, query.cancelled) == (1, 1)
        third = asyncio.create_task(flights.join("k", query.fetch))
        await _turns()
        query.answer.set()
        assert await third == ("row",)
        assert query.sent == 2

    asyncio.run(attempt())


def test_all_that_wait_get_the_error() -> None:
    async def attempt() -> None:
        async def fail() -> None:
            await asyncio.sleep(0)
            raise ValueError("no such thing")

        flights = Flights()
        found = await asyncio.gather(
            *(flights.join("k", fail) for _ in range(3)), return_exceptions=True
        )
        assert [str(each) for each in found] == ["no such thing"] * 3

    asyncio.run(attempt())


def test_answers_are_given_again_while_they_are_young() -> None:
    cache = Cache(seconds=60)
    cache.put("young", ("row",), asked=time.monotonic())
    cache.put("old", ("row",), asked=time.monotonic() - 61)
    found = cache.get("young")
    assert found
    assert found.row == ("row",)
    assert cache.get("old") is None


def test_an_older_answer_does_not_take_the_place_of_a_newer_one() -> None:
    cache, now = Cache(seconds=60), time.monotonic()
    cache.put("k", ("new",), asked=now)
    cache.put("k", ("old",), asked=now - 1)
    found = cache.get("k")
    assert found
    assert found.row == ("new",)


def test_memory_of_the_cache_is_bounded_and_the_oldest_answers_go_first() -> None:
    cache = Cache(seconds=60, most_bytes=100_000)
    for number in range(100):
        cache.put(number, ("x" * 10_000,), asked=time.monotonic())
        assert cache.bytes <= 100_000
    assert [number for number in range(100) if cache.get(number)] == list(range(91, 100))
    cache.put("larger than all", ("x" * 200_000,), asked=time.monotonic())
    assert cache.bytes == 0


def test_keys_tell_statements_values_and_names_apart() -> None:
    keys = [
        key_of("s", {"a": 1, "b": ["x", "y"]}),
        key_of("s", {"a": 1, "b": ["y", "x"]}),
        key_of("s", {"b": 1, "a": ["x", "y"]}),
        key_of("t", {"a": 1, "b": ["x", "y"]}),
    ]
    assert len(set(keys)) == 4
    assert key_of("s", {"a": 1, "b": ["x", "y"]}) == keys[0]
