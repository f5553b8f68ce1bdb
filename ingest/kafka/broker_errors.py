"""Classifies the errors of librdkafka by the loader's reaction to them."""

from enum import Enum, auto

from confluent_kafka import KafkaError


class Reaction(Enum):
    """Reactions of the loader to an error that comes in place of a message."""

    IGNORE = auto()  # librdkafka retries by itself
    NOTE_END = auto()  # the end of a partition, which is no error
    CHECK_OFFSETS = auto()  # the topic may have been recreated, or the next message dropped
    GIVE_UP = auto()  # the broker refuses, and would refuse again
    LOG = auto()  # any other error


TRANSIENT = frozenset({
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._TRANSPORT,
    KafkaError._RESOLVE,
    KafkaError._TIMED_OUT,
    KafkaError._MAX_POLL_EXCEEDED,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
})  # fmt: skip

OFFSETS_INVALID = frozenset({
    KafkaError._AUTO_OFFSET_RESET,
    KafkaError._UNKNOWN_PARTITION,
    KafkaError._UNKNOWN_TOPIC,
    KafkaError.OFFSET_OUT_OF_RANGE,
    KafkaError.UNKNOWN_TOPIC_ID,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
})  # fmt: skip

REFUSED = frozenset({
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
})  # fmt: skip

# No connection, either for now or until a setting is corrected.
UNREACHABLE = frozenset({
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._AUTHENTICATION,
    KafkaError._RESOLVE,
    KafkaError._SSL,
})  # fmt: skip


def reaction(error: KafkaError) -> Reaction:
    """Returns the reaction to an error that comes in place of a message."""
    code = error.code()
    if code == KafkaError._PARTITION_EOF:
        return Reaction.NOTE_END
    if code in OFFSETS_INVALID:
        return Reaction.CHECK_OFFSETS
    if code in REFUSED:
        return Reaction.GIVE_UP
    return Reaction.IGNORE if code in TRANSIENT else Reaction.LOG
