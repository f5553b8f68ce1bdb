"""Topics: missing ones are created with their retention, existing ones are left alone."""

from datetime import timedelta

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource

from db.errors import SettingsError
from ingest.kafka import topics
from ingest.loader.settings import LoaderSettings
from tests import support


def wait_until_listed(admin, names):
    """Returns once the broker's metadata, which may lag behind, has topics that it has created."""
    support.wait_until(
        lambda: set(names) <= admin.list_topics(timeout=5).topics.keys(), "the topics are listed"
    )


def test_missing_topics_are_created_once(kafka_settings, topic, broker):
    new, newer = support.unique("topic"), support.unique("topic")
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    assert topics.ensure(kafka_settings, [new, topic, newer, new]) == [new, newer]
    wait_until_listed(admin, [new, newer])
    assert topics.ensure(kafka_settings, [new, topic, newer]) == []
    # librdkafka's mock makes four, whatever was requested.
    partitions = {"kafka": 6, "mock": 4}[broker.kind]
    found = admin.list_topics(timeout=5).topics
    assert [len(found[name].partitions) for name in (new, newer)] == [partitions] * 2


@pytest.mark.parametrize("name", ["not a name", r"^ticks\..*", "ticks*", "..", "t" * 250])
def test_what_is_no_name_of_a_topic_is_refused_before_a_broker_is_asked(name):
    nowhere = LoaderSettings(bootstrap_servers="127.0.0.1:1")
    with pytest.raises(SettingsError, match="is no name of a topic") as refused:
        topics.ensure(nowhere, ["ticks", name])
    assert repr(name) in str(refused.value)


@pytest.mark.kafka
def test_the_live_topic_keeps_a_week_and_history_three_days(kafka_settings, broker):
    topics.ensure(kafka_settings, [topics.LIVE, topics.BACKFILL])
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    wait_until_listed(admin, [topics.LIVE, topics.BACKFILL])
    kept = {}
    for resource, future in admin.describe_configs(
        [ConfigResource("topic", name) for name in (topics.LIVE, topics.BACKFILL)]
    ).items():
        kept[resource.name] = timedelta(milliseconds=int(future.result()["retention.ms"].value))
    assert kept == {topics.LIVE: timedelta(days=7), topics.BACKFILL: timedelta(days=3)}
