"""Loaders that the broker refuses or fences: they end with the reason instead of waiting."""

import pytest

from db.errors import SettingsError
from ingest.kafka.client import BrokerRefused
from tests import support
from tests.ingest.loader.loaders import SECONDS, changed, ids, load_all, publish, ticks


def with_conf(settings, **conf):
    named = {name.replace("_", "."): value for name, value in conf.items()}
    return changed(settings, kafka_conf=named)


@pytest.mark.kafka
def test_of_two_loaders_with_one_instance_id_the_fenced_one_ends(given, run, query):
    static = with_conf(given, group_instance_id="pod-0")
    first = run(static)
    publish(given, ticks(4))
    first.wait_for_rows(4)
    second = run(static)
    with pytest.raises(BrokerRefused, match=r"KAFKA_CONF_GROUP_INSTANCE_ID of its own"):
        first.future.result(SECONDS)
    publish(given, ticks(4, 8))
    second.wait(lambda: ids(query) == list(range(8)), "the rest was stored")


@pytest.mark.kafka
def test_a_session_that_the_broker_does_not_allow_ends_the_loader(given):
    with pytest.raises(BrokerRefused, match="KAFKA_CONF_SESSION_TIMEOUT_MS"):
        load_all(with_conf(given, session_timeout_ms="3600000", max_poll_interval_ms="3600000"))


@pytest.mark.kafka
def test_a_loader_that_divides_partitions_in_another_way_than_its_group_ends(given, run):
    first = run(given)
    publish(given, ticks(4))
    first.wait_for_rows(4)
    with pytest.raises(BrokerRefused, match="KAFKA_CONF_PARTITION_ASSIGNMENT_STRATEGY"):
        load_all(with_conf(given, partition_assignment_strategy="range"))
    publish(given, ticks(4, 8))
    first.wait_for_rows(8)


@pytest.mark.parametrize(
    "name, value",
    [("group_protocol", "consumer"), ("partition_assignment_strategy", "cooperative-sticky")],
)
def test_what_would_run_and_store_nothing_is_refused_at_once(given, name, value):
    with pytest.raises(SettingsError, match=f"KAFKA_CONF_{name.upper()}={value} is not allowed"):
        load_all(with_conf(given, **{name: value}))


@pytest.mark.kafka
def test_a_loader_without_a_partition_says_so(given, run, caplog, broker, monkeypatch):
    monkeypatch.setattr("ingest.loader.run.IDLE_FIRST_SECONDS", 1.0)
    single = support.unique("topic")
    broker.create_topics([single], partitions=1)
    run(changed(given, topics=(single,)))
    waiting = run(changed(given, topics=(single,)))
    waiting.wait(
        lambda: any(r.message == "waiting for partitions" for r in caplog.records),
        "one of the two said that it has none",
    )
