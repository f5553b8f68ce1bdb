"""Facts that a broker tells of its topics: compaction, retention and whose clock counts."""

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ingest.kafka.topic_facts import TopicFacts, topic_facts
from tests import support

WEEK_MS = 604_800_000


def create(broker, **config):
    name = support.unique("topic")
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    named = {key.replace("_", "."): value for key, value in config.items()}
    for future in admin.create_topics([NewTopic(name, 1, 1, config=named)]).values():
        future.result()
    support.wait_until(lambda: name in admin.list_topics(timeout=5).topics, "the topic is listed")
    return name


@pytest.mark.kafka
def test_the_facts_are_those_of_the_topic_and_missing_topics_are_left_out(kafka_settings, broker):
    kept = create(
        broker,
        retention_ms=str(WEEK_MS),
        retention_bytes="-1",
        message_timestamp_type="LogAppendTime",
    )
    keyed = create(broker, cleanup_policy="compact,delete", retention_ms="-1", retention_bytes="9")
    missing = support.unique("topic")
    assert topic_facts(kafka_settings, [kept, missing, keyed, kept]) == [
        TopicFacts(kept, "delete", WEEK_MS, None, "LogAppendTime"),
        TopicFacts(keyed, "compact,delete", None, 9, "CreateTime"),
    ]


@pytest.mark.parametrize("policy", ["compact", "compact,delete", "delete,compact"])
def test_a_compacted_topic_is_warned_of_with_the_remedy(policy):
    warning = TopicFacts("ticks", policy, None, None, "CreateTime").compaction_warning()
    assert warning is not None
    assert f"topic ticks is compacted (cleanup.policy={policy})" in warning
    assert "--entity-name ticks --add-config cleanup.policy=delete" in warning


def test_a_topic_that_only_deletes_is_not_warned_of():
    assert TopicFacts("ticks", "delete", 1, None, "CreateTime").compaction_warning() is None
