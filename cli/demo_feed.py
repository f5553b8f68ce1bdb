"""The demo's feed: a venue on this machine, its connection cut once, and the gap filled."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

import click

from cli.latency_probe import LatencyProbe
from ingest.feed import gaps
from ingest.feed.history import Gap
from ingest.loader.settings import LoaderSettings
from stack.venue.kraken import KrakenVenue
from stack.venue.thread import running

PAIRS = ("BTC/USD", "ETH/USD")
SYMBOLS = tuple(f"KRAKEN:{pair}" for pair in PAIRS)
POLL_SECONDS = 0.02
BEFORE_SECONDS = 5.0  # of trades before the cut
CUT_SECONDS = 3.0
GAP_SECONDS = 30.0  # for the gap to be known, and settled

Start = Callable[..., subprocess.Popen[bytes]]  # starts a command of stockpulse


class Playing:
    """A demo under way: `wait` passes time until a condition holds, or Ctrl-C."""

    def __init__(self, stop: threading.Event, seconds: float | None, probe: LatencyProbe) -> None:
        self._stop = stop
        self._end = time.monotonic() + (float("inf") if seconds is None else seconds)
        self._probe = probe

    def wait(self, is_done: Callable[[], bool], most: float | None = None) -> bool:
        """Returns whether the condition holds, after `most` seconds, by default at the demo's end.

        What has begun is finished: a cut and its fill take longer than a very short demo.
        """
        end = self._end if most is None else time.monotonic() + most
        while not (self._stop.is_set() or time.monotonic() > end):
            if is_done():
                return True
            self._probe.poll()
            self._stop.wait(POLL_SECONDS)
        return False


def publish(
    given: LoaderSettings,
    start: Start,
    rate: float,
    seconds: float | None,
    stop: threading.Event,
    probe: LatencyProbe,
) -> int:
    """Feeds the trades of a simulated venue until the end; returns how many it made."""
    with running(KrakenVenue(pairs=PAIRS)) as venue:
        feed = start("feed", "kraken", "--symbols", ",".join(PAIRS), "--url", venue.url)
        playing = Playing(stop, seconds, probe)
        playing.wait(lambda: venue.subscriptions == len(PAIRS), GAP_SECONDS)
        with _trading(venue, rate) as count:
            playing.wait(lambda: False, BEFORE_SECONDS)
            _cut(venue, playing)
            _fill(given, venue, playing)
            playing.wait(lambda: False)
        feed.send_signal(signal.SIGTERM)  # before the venue ends
        feed.wait()
        return count()


@contextmanager
def _trading(venue: KrakenVenue, rate: float) -> Iterator[Callable[[], int]]:
    """Makes trades in a thread; gives a function that returns how many."""
    ended, made = threading.Event(), [0]

    def run() -> None:
        began = time.monotonic()
        while not ended.wait(POLL_SECONDS):
            for pair in PAIRS:
                due = int((time.monotonic() - began) * rate / len(PAIRS)) - made[0] // len(PAIRS)
                if due:
                    venue.trade(pair, due)
            made[0] = sum(map(len, venue.market.deals.values()))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield lambda: sum(map(len, venue.market.deals.values()))
    finally:
        ended.set()
        thread.join()


def _cut(venue: KrakenVenue, playing: Playing) -> None:
    """Cuts the connection for a while, in which the venue trades on."""
    click.echo(f"feed:   the connection is cut for {CUT_SECONDS:.0f} s")
    venue.snapshots = False
    venue.refuses = HTTPStatus.SERVICE_UNAVAILABLE
    venue.cut()
    playing.wait(lambda: False, CUT_SECONDS)
    venue.refuses = None
    if playing.wait(lambda: venue.subscriptions == len(PAIRS), GAP_SECONDS):
        click.echo("feed:   it is connected again")


def _fill(given: LoaderSettings, venue: KrakenVenue, playing: Playing) -> None:
    """Fills the gaps as they become known, until none is left."""
    filled: set[Gap] = set()

    def fill_known() -> bool:
        found = gaps.find(given.database_url)
        for one in found:
            if one.is_settled and one.gap not in filled:
                filled.add(one.gap)
                stop = threading.Event()
                done = gaps.fill(given, given.database_url, one, stop, url=venue.rest_url)
                click.echo(f"gap:    {_text(one.gap)}; {done.published} trades asked for again")
        return {gap.symbol for gap in filled if gap.first_id} == set(SYMBOLS) and not found

    if playing.wait(fill_known, GAP_SECONDS):
        click.echo("gap:    none is left (stockpulse gaps list)")


def _text(gap: Gap) -> str:
    return f"{gap.symbol} {gap.since:%H:%M:%S} to {gap.until:%H:%M:%S}, {gap.reason}"
