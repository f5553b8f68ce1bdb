"""Results that are kept for ranges: read in pieces, removed at any time, made by one request."""

import asyncio
import tempfile
from collections.abc import Iterator

import pytest

from api.errors import Unavailable
from api.formats import ranges
from api.formats.ranges import MOST_WAITING, Range, Spool, Spooled

KEY = "a result"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spooled]:
    """A result of ten bytes, read four at once."""
    monkeypatch.setattr(ranges, "PIECE_BYTES", 4)
    with tempfile.TemporaryFile() as file:
        file.write(b"0123456789")
        yield Spooled(file, 10, '"tag"')


def test_a_part_is_read_in_pieces(kept: Spooled) -> None:
    assert list(kept.pieces(Range(0, 10))) == [b"0123", b"4567", b"89"]
    assert list(kept.pieces(Range(3, 5))) == [b"34"]
    assert list(kept.pieces(Range(10, 10))) == []


def test_a_result_that_is_removed_gives_no_more_pieces(kept: Spooled) -> None:
    pieces = kept.pieces(Range(0, 10))
    assert next(pieces) == b"0123"
    kept.close()
    assert list(pieces) == []


def test_few_requests_wait_for_a_result_that_another_one_makes() -> None:
    async def ask(spool: Spool, made: asyncio.Event) -> None:
        async with spool.alone(KEY):
            await made.wait()

    async def run() -> None:
        spool, made = Spool(), asyncio.Event()
        waiting = [asyncio.create_task(ask(spool, made)) for _ in range(1 + MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="being made"):
            await ask(spool, made)
        made.set()
        await asyncio.gather(*waiting)
        await ask(spool, made)  # nobody waits any more

    asyncio.run(run())


def test_a_request_that_failed_leaves_nothing_behind() -> None:
    async def run() -> Spool:
        spool = Spool()
        with pytest.raises(RuntimeError):
            async with spool.alone(KEY):
                raise RuntimeError
        return spool

    assert not asyncio.run(run())._locks
