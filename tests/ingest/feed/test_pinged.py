"""Pongs as frames: behind what came before them, and never in the way of what comes."""

import asyncio

import pytest

from ingest.feed.pinged import PONG, Pinged

SECONDS = 0.02


class Venue:
    """A connection whose answers to pings are `answers`: what comes before the pong, None: none."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.frames = asyncio.Queue()
        self.pings = 0

    async def recv(self, _decode=None):
        if self.frames.empty():
            return await self.frames.get()
        return self.frames.get_nowait()

    async def ping(self):
        self.pings += 1
        pong = asyncio.get_running_loop().create_future()
        before = self.answers.pop(0)
        if before is None:
            asyncio.get_running_loop().call_later(1.5 * SECONDS, self.frames.put_nowait, b"late")
        else:
            for frame in before:
                self.frames.put_nowait(frame)
            pong.set_result(0.0)
        return pong


def received(venue_of, count):
    async def run():
        venue = venue_of()
        pinged = Pinged(venue, SECONDS)
        return [await pinged.recv(False) for _ in range(count)], venue.pings

    return asyncio.run(run())


def test_a_pong_comes_behind_the_frames_before_it():
    found, pings = received(lambda: Venue([b"a", b"b"], []), 3)
    assert (found, pings) == ([b"a", b"b", PONG], 2)
    assert found[2] is PONG


def test_a_pong_that_does_not_come_holds_up_no_frame():
    assert received(lambda: Venue(None), 1) == ([b"late"], 1)


def test_nothing_is_pinged_while_frames_come():
    def busy():
        venue = Venue()
        for number in range(3):
            venue.frames.put_nowait(number)
        return venue

    assert received(busy, 3) == ([0, 1, 2], 0)


@pytest.mark.parametrize("frame", [b"pong", b"", b"\x8a"])
def test_a_frame_of_the_venue_is_never_taken_for_a_pong(frame):
    [found], _pings = received(lambda: Venue([bytes(bytearray(frame))]), 1)
    assert found is not PONG
