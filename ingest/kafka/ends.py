"""Ends of partitions as the broker has them now, and what they say of a stored offset."""

import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from ingest.batch.messages import Partition
from ingest.kafka.broker_errors import Reaction, reaction, sentence
from ingest.kafka.client import BrokerAway, BrokerRefused, reason

FIRST = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
END = OffsetSpec.latest()  # type: ignore[no-untyped-call]
ANSWER_SECONDS = 5.0  # for the offsets of all partitions
RETRY_SECONDS = 0.1


class Ends(NamedTuple):
    """Offsets of a partition: its first, the end of what is committed, its end."""

    first: int
    committed: int
    end: int


class Position(NamedTuple):
    """The next offset to read of a partition, and numbers of offsets on both sides of it.

    `ready` can be read, `held` waits for the end of transactions. `lost` were dropped by the broker
    before they were stored. `beyond` are stored and lie past the end: those of another topic.
    """

    next_offset: int
    ready: int
    held: int
    lost: int
    beyond: int

    @property
    def behind(self) -> int:
        """Offsets that are not stored; marks of transactions and gaps count."""
        return self.ready + self.held


def position(ends: Ends, stored: int | None) -> Position:
    """Returns the position of a partition whose next offset is `stored`; None: it has none."""
    next_offset = ends.first if stored is None else max(stored, ends.first)
    return Position(
        next_offset,
        ready=max(0, ends.committed - next_offset),
        held=ends.end - max(ends.committed, min(next_offset, ends.end)),
        lost=0 if stored is None else next_offset - stored,
        beyond=max(0, next_offset - ends.end),
    )


def read_ends(
    admin: AdminClient, partitions: Iterable[Partition], seconds: float | None = None
) -> dict[Partition, Ends]:
    """Returns the offsets of partitions, asked for all at once.

    Asks again for up to `seconds`, else ANSWER_SECONDS: a partition that is new, or whose leader
    changes, has several errors for a moment. Raises BrokerAway, and BrokerRefused if this user may
    not read a topic.
    """
    asked = [TopicPartition(*partition) for partition in partitions]
    deadline = time.monotonic() + (ANSWER_SECONDS if seconds is None else seconds)
    while True:
        try:
            return _ask(admin, asked, max(deadline - time.monotonic(), RETRY_SECONDS))
        except BrokerAway:
            if time.monotonic() + RETRY_SECONDS >= deadline:
                raise
        time.sleep(RETRY_SECONDS)


def _ask(admin: AdminClient, asked: list[TopicPartition], seconds: float) -> dict[Partition, Ends]:
    if not asked:
        return {}
    futures = [
        admin.list_offsets(
            dict.fromkeys(asked, spec), isolation_level=level, request_timeout=seconds
        )
        for spec, level in (
            (FIRST, IsolationLevel.READ_UNCOMMITTED),
            (END, IsolationLevel.READ_COMMITTED),
            (END, IsolationLevel.READ_UNCOMMITTED),
        )
    ]
    ends = {}
    failed: dict[TopicPartition, KafkaException | None] = {}
    for one in asked:
        try:
            found = Ends(*(offsets[one].result().offset for offsets in futures))
        except KafkaException as error:
            failed[one] = error
            continue
        if min(found) < 0:  # librdkafka's answer for a leader that has not answered in time
            failed[one] = None
        ends[one.topic, one.partition] = found
    if failed:
        raise _failure(failed)
    return ends


def _failure(
    failed: Mapping[TopicPartition, KafkaException | None],
) -> BrokerAway | BrokerRefused:
    """Returns the error of a reading: that of the first partition that is refused, if any."""
    for one, error in failed.items():
        if error is not None and reaction(error.args[0]) is Reaction.GIVE_UP:
            return BrokerRefused(f"topic {one.topic}: {sentence(error.args[0])}")
    first, error = next(iter(failed.items()))
    others = f" and of {len(failed) - 1} more" if len(failed) > 1 else ""
    return BrokerAway(
        f"the broker does not report the offsets of topic {first.topic}, partition "
        f"{first.partition}{others}: "
        + ("its leader does not answer" if error is None else reason(error))
    )
