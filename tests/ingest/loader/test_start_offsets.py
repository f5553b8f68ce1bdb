"""Start offsets: the database's, and an error with its remedy if the broker's contradict them."""

import re

import confluent_kafka
import pytest
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions

from ingest.loader.start_offsets import OffsetsMismatch
from ingest.store.timeline import FormerPrimary
from tests import support
from tests.ingest.loader.loaders import SECONDS, changed, ids, load_all, offsets, publish, ticks


def test_loading_starts_at_the_offsets_of_the_database_not_of_kafka(given, query):
    publish(given, ticks(40))
    load_all(given)
    query("delete from market.trades")
    query("update ops.kafka_offsets set next_offset = 0")
    assert load_all(given).rows == 40
    assert ids(query) == list(range(40))


def ahead(caplog):
    return [r.reason for r in caplog.records if r.message == "the group is ahead of the database"]


def test_a_group_that_loads_into_another_database_is_warned_of(given, clone, caplog):
    publish(given, ticks(40))
    load_all(given)
    load_all(given)
    assert ahead(caplog) == []
    load_all(changed(given, database_url=clone()))
    [reason] = ahead(caplog)
    assert reason.startswith(f"40 messages that loaders of group {given.group} have stored")
    assert "STOCKPULSE_GROUP" in reason


@pytest.mark.kafka  # the mock takes no commit from outside a group
def test_a_server_that_another_one_has_taken_over_from_is_refused(given, query):
    publish(given, ticks(10))
    load_all(given)
    [(system, number)] = query(
        "select system_identifier, timeline_id from pg_control_system(), pg_control_checkpoint()"
    )
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": given.bootstrap_servers, "group.id": given.group}
    )
    for promoted, other in ((0, system), (1, system + 1)):  # this server, and another database
        note_in_kafka(consumer, given, f"{other}/{number + promoted}")
        load_all(given)
    note_in_kafka(consumer, given, f"{system}/{number + 1}")
    with pytest.raises(FormerPrimary, match=f"timeline {number + 1} .*STOCKPULSE_GROUP"):
        load_all(given)
    load_all(changed(given, group=f"{given.group}.restored"))


def note_in_kafka(consumer, settings, note):
    """Commits an offset as a loader does; the group must have no members."""
    place = TopicPartition(settings.topics[0], 0, 1, note)
    support.wait_until(lambda: commits(consumer, place), "the group takes a commit")


def commits(consumer, place):
    try:
        consumer.commit(offsets=[place], asynchronous=False)
    except KafkaException:  # the group still has a member
        return False
    return True


def follow_the_remedy(error, query):
    """Runs the statement that the error ends with."""
    [statement] = re.findall(r"run (delete from .*)$", str(error))
    query(statement)


def test_offsets_beyond_the_end_of_the_topic_are_an_error_with_its_remedy(given, query):
    publish(given, ticks(10), partition=0)
    load_all(given)
    query('update ops.kafka_offsets set next_offset = 99 where "partition" = 0')
    with pytest.raises(OffsetsMismatch, match=r"offset 99 .* ends at 10: .* recreated") as refused:
        load_all(given)
    follow_the_remedy(refused.value, query)
    again = load_all(given)
    assert (again.rows, again.duplicates) == (0, 10)
    assert offsets(query)[0] == 10


@pytest.mark.kafka
def test_offsets_that_the_broker_has_dropped_are_an_error_with_its_remedy(given, query):
    publish(given, ticks(10), partition=0)
    load_all(given)
    publish(given, ticks(10, 30), partition=0)
    admin = AdminClient({"bootstrap.servers": given.bootstrap_servers})
    first_kept = TopicPartition(given.topics[0], 0, 25)
    [deleted] = admin.delete_records([first_kept]).values()
    deleted.result(SECONDS)
    with pytest.raises(OffsetsMismatch, match="15 messages were never loaded") as refused:
        load_all(given)
    follow_the_remedy(refused.value, query)
    assert load_all(given).rows == 5
    assert ids(query) == [*range(10), *range(25, 30)]


@pytest.mark.kafka
def test_a_recreated_topic_is_an_error_with_its_remedy(given, query, broker):
    publish(given, ticks(10), partition=0)
    load_all(given)
    admin = AdminClient({"bootstrap.servers": given.bootstrap_servers})
    admin.delete_topics(list(given.topics))[given.topics[0]].result(SECONDS)
    support.wait_until(
        lambda: given.topics[0] not in admin.list_topics(timeout=5).topics, "the topic is gone"
    )
    broker.create_topics(list(given.topics), partitions=4)
    publish(given, ticks(100, 150), partition=0)
    with pytest.raises(OffsetsMismatch, match="recreated") as refused:
        load_all(given)
    follow_the_remedy(refused.value, query)
    assert load_all(given).rows == 50
    assert ids(query) == [*range(10), *range(100, 150)]


def test_offsets_of_another_cluster_are_an_error_with_its_remedy(given, query):
    publish(given, ticks(10))
    load_all(given)
    query("update ops.kafka_offsets set cluster_id = 'elsewhere'")
    with pytest.raises(OffsetsMismatch, match="belong to Kafka cluster elsewhere") as refused:
        load_all(given)
    follow_the_remedy(refused.value, query)
    assert load_all(given).duplicates == 10


@pytest.mark.kafka
def test_added_partitions_are_loaded_from_their_beginning(given, run, query):
    running = run(changed(given, kafka_conf={"topic.metadata.refresh.interval.ms": "200"}))
    publish(given, ticks(10))
    running.wait_for_rows(10)
    admin = AdminClient({"bootstrap.servers": given.bootstrap_servers})
    [added] = admin.create_partitions([NewPartitions(given.topics[0], 6)]).values()
    added.result(SECONDS)
    publish(given, ticks(10, 20), partition=5, **{"topic.metadata.refresh.interval.ms": 200})
    running.wait_for_rows(20)
    assert running.end().duplicates == 0
    assert ids(query) == list(range(20))
    assert sorted(offsets(query)) == [0, 1, 2, 3, 4, 5]
