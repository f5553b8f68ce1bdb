"""Works off the hours that are due: asks for them, reads the answers, publishes, settles.

Requests are in flight while the hours before are published. An hour is settled as published once
Kafka has acknowledged everything that was sent.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from concurrent import futures
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from db.errors import UsageError
from ingest.download import venue
from ingest.download.clock import Clock
from ingest.download.fetch import POLL_SECONDS, Answer, Fetcher
from ingest.download.keep import keep
from ingest.download.outcome import Corrupt, Standing, Ticks, Trouble, follow
from ingest.download.planner import Claim, Planner
from ingest.download.report import DownloadReport
from ingest.download.venue import Described
from ingest.kafka.producer import Producer
from ingest.sources import dukascopy
from ingest.sources.dukascopy_hours import Quote, messages

WINDOW = 8  # hours that are claimed and asked for at once
MOST_SENT = 8  # hours that wait for Kafka


class Target(NamedTuple):
    """The place that hours come from, in which form, and where they go."""

    url: str
    form: str
    topic: str
    directory: Path | None  # where the answers are kept


class Sent(NamedTuple):
    """An hour whose messages are on their way."""

    claim: Claim
    after: Standing
    ticks: int
    sha256: bytes


class Hours:
    """The hours of one run: claimed, asked for, sent."""

    def __init__(
        self,
        planner: Planner,
        fetcher: Fetcher,
        producer: Producer,
        described: Mapping[str, Described],
        target: Target,
        stop: threading.Event,
        clock: Clock,
        ask_until: datetime | None = None,
    ) -> None:
        self.report = DownloadReport()
        self._planner = planner
        self._fetcher = fetcher
        self._producer = producer
        self._described = described
        self._target = target
        self._stop = stop
        self._clock = clock
        self._ask_until = ask_until
        self._asked: dict[Future[Answer], Claim] = {}
        self._sent: list[Sent] = []
        self._advance: Callable[[int], None] = lambda _hours: None

    def work(self, advance: Callable[[int], None]) -> None:
        """Works until nothing is due or asked for any more, or the run is stopped or refused.

        `advance` is called with the number of hours settled since its last call.
        """
        self._advance = advance
        while not self._stop.is_set() and not self._fetcher.has_given_up:
            self._ask()
            if not self._asked:
                break
            done, _ = futures.wait(self._asked, POLL_SECONDS, return_when=futures.FIRST_COMPLETED)
            for future in sorted(done, key=lambda each: self._asked[each].hour):
                if not self._stop.is_set():
                    self._take(self._asked.pop(future), future.result())
            if not done or len(self._sent) >= MOST_SENT:
                self._settle_sent()
        self._settle_sent()
        self.report.interrupted = self._stop.is_set()
        self.report.given_up = self._fetcher.has_given_up

    def _ask(self) -> None:
        """Claims hours and asks for them, if there is room for more than a few."""
        room = WINDOW - len(self._asked)
        now = self._clock.now()
        if room <= WINDOW // 2 and self._asked:
            return
        if self._ask_until is not None and now >= self._ask_until:
            return
        for claim in self._planner.claim(room, now):
            instrument, _ = self._described[claim.symbol]
            url = venue.hour_url(self._target.url, self._target.form, instrument, claim.hour)
            self._asked[self._fetcher.start(url)] = claim

    def _take(self, claim: Claim, answer: Answer) -> None:
        """Reads an answer, and publishes or settles its hour."""
        instrument, schedule = self._described[claim.symbol]
        found = venue.read_hour(answer, self._target.form, instrument, claim.hour)
        # An hour that had ticks does not lose them to one empty answer.
        is_open = schedule.is_open(claim.hour) or bool(claim.rows)
        after = follow(found, claim.before, claim.hour, is_open, self._clock.now())
        if after.state == "done" or after.is_empty:
            self._publish(claim, after, found.quotes if isinstance(found, Ticks) else [], answer)
            return
        body = None
        if isinstance(found, Corrupt):
            body = answer.body
            if after.next_try_at is None:
                self._fail(claim, f"corrupt: {found.reason}; its bytes are in ops.download_hours")
        elif isinstance(found, Trouble):
            self._fail(claim, found.reason)
        self._planner.settle(claim, after, body=body)
        if after.state != "corrupt" or after.next_try_at is None:
            self._advance(1)

    def _fail(self, claim: Claim, reason: str) -> None:
        self.report.failures.append(f"{claim.symbol} {claim.hour:%Y-%m-%d %H:%M}: {reason}")

    def _publish(self, claim: Claim, after: Standing, quotes: list[Quote], answer: Answer) -> None:
        """Sends the messages of an hour unless it is published as it is."""
        sha256 = _checksum(self._target.form, answer.body if quotes else b"")
        if claim.rows is not None and claim.sha256 == sha256:
            self._planner.settle(claim, after, verified_at=self._clock.now())
            self.report.unchanged += 1
            self._advance(1)
            return
        instrument, _ = self._described[claim.symbol]
        self._keep(claim, answer)
        attempt = None if claim.rows is None else format(time.time_ns(), "x")
        self._planner.note_sent(claim, len(quotes))
        for message in messages(instrument, claim.hour, quotes, attempt):
            self._producer.send(self._target.topic, message)
        if not self._stop.is_set():  # else some may not have been queued
            self._sent.append(Sent(claim, after, len(quotes), sha256))

    def _keep(self, claim: Claim, answer: Answer) -> None:
        root, form = self._target.directory, self._target.form
        if root is None or answer.status != 200:
            return
        instrument, _ = self._described[claim.symbol]
        file = dukascopy.path(root, instrument, claim.hour, form)
        try:
            keep(file, answer.body)
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror}") from error

    def _settle_sent(self) -> None:
        """Waits until Kafka has everything, and settles the hours that were sent."""
        if not self._sent:
            return
        self._producer.flush()
        if self._producer.pending:
            return  # stopped: the next run sends these hours again
        for claim, after, ticks, sha256 in self._sent:
            self._planner.settle(claim, after, sha256=sha256, verified_at=self._clock.now())
            self.report.hours += 1
            self.report.ticks += ticks
            self.report.replaced += claim.rows is not None
            self._advance(1)
        self._sent.clear()


def _checksum(form: str, body: bytes) -> bytes:
    """Returns the checksum of an answer; those without ticks have one in common."""
    return hashlib.sha256(form.encode() + b"\n" + body if body else b"").digest()
