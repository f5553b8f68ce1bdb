"""Errors in place of messages: the loader ends where waiting would never help, and says why."""

import pytest
from confluent_kafka import KafkaError

from ingest.kafka.broker_errors import Reaction, reaction, sentence

ENDS = [
    KafkaError._FATAL,
    KafkaError.FENCED_INSTANCE_ID,
    KafkaError.INCONSISTENT_GROUP_PROTOCOL,
    KafkaError.INVALID_SESSION_TIMEOUT,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.UNSUPPORTED_VERSION,
]


@pytest.mark.parametrize("code", ENDS, ids=lambda code: KafkaError(code).name())
def test_a_refusal_ends_the_loader(code):
    assert reaction(KafkaError(code)) is Reaction.GIVE_UP
    assert "\n" not in sentence(KafkaError(code))


def test_a_member_that_was_fenced_is_told_which_setting_did_it():
    text = sentence(
        KafkaError(
            KafkaError._FATAL,
            "Fatal error: Broker: Static consumer fenced by other consumer with same"
            " group.instance.id",
        )
    )
    assert "another loader" in text
    assert "KAFKA_CONF_GROUP_INSTANCE_ID" in text
