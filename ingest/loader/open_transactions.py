"""Partitions that are held up: Kafka gives nothing behind a transaction that is still open.

The broker ends the transaction of a producer that died, by a time-out that the producer has set.
"""

import logging
from collections.abc import Mapping
from typing import NamedTuple

from ingest.batch.messages import Partition
from ingest.kafka.consumer import Consumer
from ingest.loader.reminder import Reminder

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
HELD_SECONDS = 10.0  # until a partition counts as held; most transactions end within one
LOG_SECONDS = 60.0


class Held(NamedTuple):
    """Messages of a partition that wait for a transaction."""

    partition: Partition
    offset: int
    messages: int

    def __str__(self) -> str:
        topic, number = self.partition
        return (
            f"{self.messages} messages of topic {topic}, partition {number}, from offset "
            f"{self.offset} on wait for a transaction that its producer has not ended"
        )


class OpenTransactions:
    """Looks at the partitions of a consumer once a second, and logs what is held every minute."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self._since: dict[Partition, tuple[int, float]] = {}  # position, and when it was met
        self._held: dict[Partition, Held] = {}
        self._look_at = 0.0
        self._reminder = Reminder(0, LOG_SECONDS)

    def held(self, next_offsets: Mapping[Partition, int], now: float) -> Mapping[Partition, Held]:
        """Returns what is held for HELD_SECONDS and longer; `now` is on the monotonic clock.

        `next_offsets` are those after the messages that the consumer has given.
        """
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._look(next_offsets, now)
        return self._held

    def _look(self, next_offsets: Mapping[Partition, int], now: float) -> None:
        found = [] if self._consumer.assignment.paused else self._behind(next_offsets)
        self._since = {one.partition: self._first_seen(one, now) for one in found}
        self._held = {
            one.partition: one
            for one in found
            if now - self._since[one.partition][1] >= HELD_SECONDS
        }
        if not self._held:
            self._reminder.end()
        elif self._reminder.is_due(now):
            for one in self._held.values():
                logger.warning("waiting for a transaction", extra={"reason": str(one)})

    def _first_seen(self, one: Held, now: float) -> tuple[int, float]:
        offset, since = self._since.get(one.partition, (one.offset, now))
        return (one.offset, since if offset == one.offset else now)

    def _behind(self, next_offsets: Mapping[Partition, int]) -> list[Held]:
        """Returns partitions of which there is more than their readable end, where that is met."""
        found = []
        for partition, next_offset in next_offsets.items():
            met = self._consumer.assignment.ends.get(partition, -1)
            if met >= next_offset:
                messages = self._consumer.end_at_last_fetch(partition) - met
                if messages > 0:
                    found.append(Held(partition, met, messages))
        return found
