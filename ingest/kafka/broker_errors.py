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
    KafkaError._LOG_TRUNCATION,
    KafkaError._FATAL,  # librdkafka itself goes no further: the member was fenced
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.FENCED_INSTANCE_ID,
    KafkaError.GROUP_MAX_SIZE_REACHED,
    KafkaError.INCONSISTENT_GROUP_PROTOCOL,
    KafkaError.INVALID_GROUP_ID,
    KafkaError.INVALID_SESSION_TIMEOUT,
    KafkaError.UNRELEASED_INSTANCE_ID,
    KafkaError.UNSUPPORTED_VERSION,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
})  # fmt: skip

REMEDIES = {
    KafkaError._LOG_TRUNCATION: (
        "the broker has lost messages that were loaded, and others may have taken their offsets; to"
        " load those, set next_offset of the partition in ops.kafka_offsets to where it was cut"
    ),
    KafkaError.FENCED_INSTANCE_ID: "give each loader a KAFKA_CONF_GROUP_INSTANCE_ID of its own",
    KafkaError.INCONSISTENT_GROUP_PROTOCOL: (
        "the group has members that divide partitions in another way: end them, or give all the"
        " same KAFKA_CONF_PARTITION_ASSIGNMENT_STRATEGY"
    ),
    KafkaError.INVALID_SESSION_TIMEOUT: (
        "set KAFKA_CONF_SESSION_TIMEOUT_MS within the broker's group.min.session.timeout.ms and"
        " group.max.session.timeout.ms"
    ),
    KafkaError.INVALID_GROUP_ID: "correct STOCKPULSE_GROUP",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "allow this user to read the group STOCKPULSE_GROUP",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "allow this user to read the topic",
    KafkaError.SASL_AUTHENTICATION_FAILED: (
        "correct KAFKA_CONF_SASL_USERNAME or KAFKA_CONF_SASL_PASSWORD"
    ),
}
STATIC_FENCED = "fenced by other consumer"  # in the text of a fatal error, which has no such code

# A login or a certificate is refused, for now or until a setting is corrected.
LOGIN_REFUSED = frozenset({KafkaError._AUTHENTICATION, KafkaError._SSL})

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


def sentence(error: KafkaError) -> str:
    """Returns what was refused and what to do about it, if that is known."""
    code = error.code()
    text = error.str()
    if code == KafkaError._FATAL and STATIC_FENCED in text:
        code = KafkaError.FENCED_INSTANCE_ID
        text = "another loader has joined the group with the same group.instance.id"
    remedy = REMEDIES.get(code)
    return f"the broker refused: {text}" + (f"; {remedy}" if remedy else "")
