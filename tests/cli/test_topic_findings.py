"""Topics are judged by their facts, and a broker that is away is one line."""

from datetime import timedelta

import msgspec
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from cli import settings
from cli.topic_findings import findings, judge, judge_times
from ingest.kafka.topic_facts import TopicFacts
from stack.broker import Broker
from tests import support

THREE_DAYS = timedelta(hours=72)
DAY_MS = 86_400_000
GOOD = TopicFacts(
    topic="t",
    cleanup_policy="delete",
    retention_ms=7 * DAY_MS,
    retention_bytes=None,
    timestamp_type="LogAppendTime",
)


@pytest.mark.parametrize(
    "changes, severity, words",
    [
        ({}, None, ""),
        ({"retention_ms": None}, None, ""),
        ({"retention_ms": 3 * DAY_MS}, None, ""),
        ({"retention_ms": DAY_MS}, "warning", "keeps messages for 24 h"),
        ({"cleanup_policy": "compact"}, "error", "is compacted (cleanup.policy=compact)"),
        ({"cleanup_policy": "compact,delete"}, "error", "removes all messages of a key but"),
        # a compacted topic that deletes nothing keeps to no retention
        ({"cleanup_policy": "compact", "retention_ms": DAY_MS}, "error", "is compacted"),
        ({"retention_bytes": 10**9}, "info", "keeps 1,000 MB of each partition"),
    ],
)
def test_topic_is_judged_by_its_facts(
    changes: dict[str, object], severity: str | None, words: str
) -> None:
    found = judge(msgspec.structs.replace(GOOD, **changes), THREE_DAYS)
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all(words in one.sentence for one in found)
    assert all("--entity-name t " in one.remedy for one in found)


def test_topics_that_go_by_the_times_of_producers_are_one_line() -> None:
    theirs = msgspec.structs.replace(GOOD, topic="theirs", timestamp_type="CreateTime")
    kept = msgspec.structs.replace(theirs, topic="kept", retention_ms=None)
    other = msgspec.structs.replace(theirs, topic="other")
    [found] = judge_times([GOOD, theirs, kept, other])
    assert found.severity == "info"
    assert "(CreateTime): theirs, other; if" in found.sentence
    assert judge_times([GOOD, kept]) == []


def test_outage_that_is_to_be_survived_is_a_setting() -> None:
    read = settings.read({"STOCKPULSE_OUTAGE_HOURS": "240"})
    [found] = judge(GOOD, timedelta(hours=read.doctor.outage_hours))
    assert "keeps messages for 168 h" in found.sentence
    assert "STOCKPULSE_OUTAGE_HOURS is 240" in found.sentence
    assert "retention.ms=864000000" in found.remedy


@pytest.mark.kafka
def test_topic_that_is_compacted_is_found_on_the_broker(broker: Broker) -> None:
    name = support.unique("compacted")
    config = {"cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime"}
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    admin.create_topics([NewTopic(name, 1, 1, config=config)])[name].result(15)
    environ = {
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "STOCKPULSE_TOPICS": f"{name},none-of-this-name",
    }
    [found] = findings(settings.read(environ))
    assert (found.rule, found.severity) == ("topics", "error")
    assert found.sentence.startswith(f"topic {name} is compacted")


def test_broker_that_is_away_is_one_line() -> None:
    [found] = findings(settings.read({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}))
    assert (found.rule, found.severity) == ("broker", "info")
    assert found.sentence.startswith("topics were not examined: ")
    assert "127.0.0.1:1" in found.sentence


def test_setting_that_librdkafka_refuses_is_one_line() -> None:
    [found] = findings(settings.read({"KAFKA_CONF_NO_SUCH_THING": "1"}))
    assert (found.rule, found.severity) == ("broker", "warning")
