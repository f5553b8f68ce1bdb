"""Frames that arrive in pieces: cut anywhere by the network, and fragmented by the venue."""

import asyncio
import random

import pytest

from stack.venue.kraken import trade_frame
from tests.ingest.feed.conftest import events, wait_for_subscriptions
from tests.support import wait_until

FIN, TEXT, CONTINUATION = 0x80, 0x1, 0x0


def fragments(text: bytes, chance: random.Random) -> bytes:
    """Returns a message as one to four fragments, as a server sends them (RFC 6455, 5.4)."""
    cuts = sorted(chance.sample(range(1, len(text)), chance.randint(0, 3)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    sent = b""
    for number, part in enumerate(parts):
        head = (TEXT if number == 0 else CONTINUATION) | (FIN if part is parts[-1] else 0)
        length = len(part)
        size = bytes([length]) if length < 126 else b"\x7e" + length.to_bytes(2)
        sent += bytes([head]) + size + part
    return sent


@pytest.mark.parametrize("seed", range(5))
def test_frames_are_whole_however_they_are_cut(venue, feeding, published, seed):
    chance = random.Random(seed)
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url):
        wait_for_subscriptions(venue)
        deals = [venue.market.trade("BTC/USD") for _ in range(40)]
        frames = [trade_frame("BTC/USD", deals[at : at + 2]).encode() for at in range(0, 40, 2)]
        stream = b"".join(fragments(frame, chance) for frame in frames)

        async def trickle() -> None:
            [connection] = venue._subscribers
            at = 0
            while at < len(stream):
                size = chance.choice((1, 2, 3, 7, 50, 400))
                connection.transport.write(stream[at : at + size])
                at += size
                await asyncio.sleep(chance.choice((0, 0, 0.001)))

        asyncio.run_coroutine_threadsafe(trickle(), venue._loop).result(20)
        wait_until(lambda: len(events(published())) == 40, "the trades")
    assert [one["dedupe_id"] for one in events(published())] == [str(deal.id) for deal in deals]
