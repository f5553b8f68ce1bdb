"""A broker that goes away or hangs, and topics that are recreated, extended or truncated."""

from collections.abc import Callable

import psycopg
import pytest
from confluent_kafka import OFFSET_END, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions

from stack.broker import Broker
from tests import support
from tests.faults.conftest import MakeLoaders
from tests.faults.hangs import hung_broker
from tests.faults.ledger import Flow, Ledger, wait_for_more
from tests.faults.loaders import PARTITIONS, STOP_SECONDS, Loader, Loaders

pytestmark = pytest.mark.kafka

ANSWER_SECONDS = 30.0


@pytest.mark.parametrize("end", [Broker.stop, Broker.kill], ids=["stopped", "killed"])
def test_no_message_is_lost_when_the_broker_is_restarted(
    end: Callable[[Broker], None],
    own_kafka: Broker,
    own_topic: str,
    loaders_of: MakeLoaders,
    fresh_database: str,
    full: bool,
) -> None:
    if end == Broker.stop and not full:
        pytest.skip("a part of make faults")
    ledger = Ledger(own_kafka.bootstrap_servers, own_topic)
    loaders = loaders_of(fresh_database, own_kafka, own_topic)
    group = loaders.start_group(2)
    with Flow(ledger, at_least=0, per_second=2_000, poison_every=500):
        for _ in range(5 if full else 1):
            wait_for_more(fresh_database)
            end(own_kafka)
            own_kafka.start()
        wait_for_more(fresh_database)
    ledger.wait(fresh_database)
    ledger.compare(fresh_database)
    for loader in group:
        code, _ = loader.terminate()
        assert code == 0, loader.output[-2000:]
    ledger.compare(fresh_database)


@pytest.mark.long
def test_a_loader_logs_that_it_waits_for_the_broker(
    own_kafka: Broker, own_topic: str, loaders_of: MakeLoaders, fresh_database: str
) -> None:
    loader = loaders_of(fresh_database, own_kafka, own_topic).start()
    loader.wait_until_assigned()
    assert "waiting" not in loader.output
    own_kafka.stop()
    loader.wait_for_output("waiting for the broker")
    code, seconds = loader.terminate()
    assert code == 0, loader.output[-2000:]
    assert seconds < STOP_SECONDS, f"it took {seconds:.1f} s to stop: {loader.output[-2000:]}"


@pytest.mark.long
def test_a_loader_can_be_stopped_while_its_broker_hangs(
    own_kafka: Broker, own_topic: str, loaders_of: MakeLoaders, fresh_database: str
) -> None:
    ledger = Ledger(own_kafka.bootstrap_servers, own_topic)
    loaders = loaders_of(fresh_database, own_kafka, own_topic)
    loader = loaders.start()
    with Flow(ledger, at_least=0, per_second=2_000, poison_every=500):
        wait_for_more(fresh_database)
        with hung_broker(own_kafka):
            loader.wait_for_output("partitions revoked")
            code, seconds = loader.terminate()
            assert code == 0, loader.output[-2000:]
            assert seconds < STOP_SECONDS, f"{seconds:.1f} s: {loader.output[-2000:]}"
    loaders.load_rest()
    ledger.compare(fresh_database)


@pytest.mark.long
def test_a_publisher_can_be_stopped_while_its_broker_hangs(
    own_kafka: Broker, own_topic: str, loaders_of: MakeLoaders, fresh_database: str
) -> None:
    loaders = loaders_of(fresh_database, own_kafka, own_topic)
    publisher = loaders.run("publish", "simulate", "--topic", own_topic)
    loader = loaders.start()
    wait_for_more(fresh_database)
    with hung_broker(own_kafka):
        loader.wait_for_output("partitions revoked")  # two seconds later
        code, seconds = publisher.terminate()
    assert code == 1, publisher.output[-2000:]
    assert seconds < 2 * STOP_SECONDS, f"{seconds:.1f} s: {publisher.output[-2000:]}"
    assert "the broker has not acknowledged them" in publisher.output.splitlines()[-1]


def test_a_loader_started_without_a_broker_ends_with_one_line(
    own_kafka: Broker, own_topic: str, loaders_of: MakeLoaders, fresh_database: str
) -> None:
    own_kafka.stop()
    loader = loaders_of(fresh_database, own_kafka, own_topic).start()
    assert loader.wait() == 1
    assert loader.output.startswith("stockpulse: no Kafka broker answers at")
    assert loader.output.count("\n") == 1


def test_partitions_added_later_are_loaded(
    broker: Broker, topic: str, loaders_of: MakeLoaders, fresh_database: str
) -> None:
    ledger = Ledger(broker.bootstrap_servers, topic)
    loader = loaders_of(fresh_database, broker, topic).start()
    loader.wait_until_assigned()
    ledger.produce(1_000)
    ledger.flush()
    admin = _admin(broker)  # its futures fail when it is collected
    _settle(admin.create_partitions([NewPartitions(topic, 7)]))
    # A new producer knows the new partitions from its start.
    wider = Ledger(broker.bootstrap_servers, topic)
    wider.include(ledger)
    wider.produce(20_000, poison_every=1_000, keyed=False)
    wider.flush()
    wider.wait(fresh_database)
    wider.compare(fresh_database)
    assert _partitions_loaded(fresh_database) == list(range(7))


def _partitions_loaded(url: str) -> list[int]:
    with psycopg.connect(url) as conn:
        rows = conn.execute(
            'select "partition" from ops.kafka_offsets where next_offset > 0 order by 1'
        )
        return [partition for (partition,) in rows]


@pytest.mark.parametrize("again", [1_000, 20_000], ids=["with fewer", "with more messages"])
def test_a_recreated_topic_stops_the_loader_with_the_remedy(
    again: int, broker: Broker, topic: str, loaders_of: MakeLoaders, fresh_database: str
) -> None:
    loaders = loaders_of(fresh_database, broker, topic)
    first = Ledger(broker.bootstrap_servers, topic)
    first.produce(5_000)
    first.flush()
    loaders.load_rest()
    _recreate(broker, topic)
    second = Ledger(broker.bootstrap_servers, topic)
    second.produce(again)
    second.flush()
    loader = loaders.start("--until-end")
    assert loader.wait() == 1
    _assert_remedy(loader, "was deleted and recreated", topic)
    first.compare(fresh_database)
    _forget_offsets(fresh_database, loader)
    loaders.load_rest()
    second.include(first)
    second.compare(fresh_database)


def test_an_offset_above_the_end_stops_the_loader_if_topics_have_no_id(
    broker: Broker, ledger: Ledger, loaders: Loaders, fresh_database: str
) -> None:
    ledger.produce(5_000)
    ledger.flush()
    loaders.load_rest()
    # Brokers before 2.8 report no id; one that has lost its newest messages keeps it.
    support.execute(
        fresh_database,
        "update ops.kafka_offsets set topic_id = null, next_offset = next_offset + 1",
    )
    loader = loaders.start("--until-end")
    assert loader.wait() == 1
    _assert_remedy(loader, "is stored, but the topic ends at", ledger.topic)
    ledger.compare(fresh_database)


def test_an_offset_before_the_beginning_stops_the_loader_and_counts_lost_messages(
    broker: Broker, ledger: Ledger, loaders: Loaders, fresh_database: str
) -> None:
    ledger.produce(1_000)
    ledger.flush()
    loaders.load_rest()
    ledger.produce(4_000)
    ledger.flush()
    _delete_all(broker, ledger.topic)
    loader = loaders.start("--until-end")
    assert loader.wait() == 1
    _assert_remedy(loader, "messages were never loaded", ledger.topic)


def _delete_all(broker: Broker, topic: str) -> None:
    """Makes the broker drop all messages, as its retention does."""
    admin = _admin(broker)
    everything = [TopicPartition(topic, number, OFFSET_END) for number in range(PARTITIONS)]
    _settle(admin.delete_records(everything))


@pytest.mark.parametrize("again", [1_000, 20_000], ids=["with fewer", "with more messages"])
def test_a_topic_recreated_under_a_running_loader_stops_it(
    again: int, broker: Broker, topic: str, loaders_of: MakeLoaders, fresh_database: str
) -> None:
    first = Ledger(broker.bootstrap_servers, topic)
    loader = loaders_of(fresh_database, broker, topic).start()
    loader.wait_until_assigned()
    first.produce(5_000)
    first.flush()
    first.wait(fresh_database)
    _recreate(broker, topic)
    second = Ledger(broker.bootstrap_servers, topic)
    second.produce(again)
    second.flush()
    assert loader.wait() == 1
    _assert_remedy(loader, "was deleted and recreated", topic)
    first.compare(fresh_database)


@pytest.mark.long
def test_a_topic_recreated_under_a_frozen_loader_stops_it_once_it_resumes(
    broker: Broker, topic: str, loaders_of: MakeLoaders, fresh_database: str
) -> None:
    first = Ledger(broker.bootstrap_servers, topic)
    hour = "3600000"
    loaders = loaders_of(fresh_database, broker, topic)
    loader = loaders.start(
        KAFKA_CONF_TOPIC_METADATA_REFRESH_INTERVAL_MS=hour, KAFKA_CONF_SESSION_TIMEOUT_MS="30000"
    )
    loader.wait_until_assigned()
    first.produce(5_000)
    first.flush()
    first.wait(fresh_database)
    loader.pause()
    _recreate(broker, topic)
    second = Ledger(broker.bootstrap_servers, topic)
    second.produce(20_000)
    second.flush()
    loader.resume()
    assert loader.wait() == 1
    _assert_remedy(loader, "was deleted and recreated", topic)
    # Until then it has stored messages from the middle of the new topic: they come again.
    _forget_offsets(fresh_database, loader)
    loaders.load_rest()
    second.include(first)
    second.compare(fresh_database, some_twice=True)


def test_another_cluster_under_the_same_name_stops_the_loader(
    broker: Broker,
    topic: str,
    own_kafka: Broker,
    loaders_of: MakeLoaders,
    fresh_database: str,
) -> None:
    first = Ledger(broker.bootstrap_servers, topic)
    first.produce(5_000)
    first.flush()
    loaders_of(fresh_database, broker, topic).load_rest()
    own_kafka.create_topics([topic])
    second = Ledger(own_kafka.bootstrap_servers, topic)
    second.produce(20_000)
    second.flush()
    loader = loaders_of(fresh_database, own_kafka, topic).start("--until-end")
    assert loader.wait() == 1
    _assert_remedy(loader, "belong to Kafka cluster", topic)
    first.compare(fresh_database)


def _recreate(broker: Broker, topic: str) -> None:
    admin = _admin(broker)
    _settle(admin.delete_topics([topic]))
    support.wait_until(
        lambda: topic not in admin.list_topics(timeout=ANSWER_SECONDS).topics, "a deletion"
    )
    broker.create_topics([topic], partitions=4)


def _admin(broker: Broker) -> AdminClient:
    return AdminClient({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})


def _settle(futures: dict) -> None:
    for future in futures.values():
        future.result(ANSWER_SECONDS)


def _assert_remedy(loader: Loader, fact: str, topic: str) -> None:
    last = loader.output.splitlines()[-1]
    assert last.startswith("stockpulse: ")
    assert fact in last
    assert f"delete from ops.kafka_offsets where topic = '{topic}'" in last


def _forget_offsets(url: str, loader: Loader) -> None:
    """Runs the statement of the remedy."""
    statement = loader.output.splitlines()[-1].rpartition(", run ")[2]
    with psycopg.connect(url) as conn:
        assert conn.execute(statement).rowcount > 0
