"""Judges topics for `stockpulse doctor`: those that lose messages, and that loaders refuse."""

from datetime import timedelta

from cli.settings import Settings
from db import connect
from db.connect import DatabaseAway, DatabaseRefused
from db.doctor.rules import Finding
from db.errors import StockpulseError
from ingest.kafka.client import BrokerAway
from ingest.kafka.lag import lags
from ingest.kafka.topic_facts import TopicFacts, topic_facts

REMEDY = "run it again where the broker can be reached, with the KAFKA_ settings of the loader"
ALTER = (
    "kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name {}"
    " --add-config {}"
)


def findings(settings: Settings) -> list[Finding]:
    """Returns what is wrong with the topics of the loader; a broker that is away is one line."""
    try:
        facts = topic_facts(settings.loader, settings.loader.topics)
    except BrokerAway as error:
        return [Finding("broker", "info", f"topics were not examined: {error}", REMEDY)]
    except StockpulseError as error:
        return [Finding("broker", "warning", f"topics were not examined: {error}", REMEDY)]
    outage = timedelta(hours=settings.doctor.outage_hours)
    return [
        *_of_offsets(settings),
        *(finding for one in facts for finding in judge(one, outage)),
        *judge_times(facts),
    ]


def _of_offsets(settings: Settings) -> list[Finding]:
    """Returns the topics that loaders refuse; none if the database does not tell.

    It is examined at the same time, and its findings say why then.
    """
    try:
        with (
            connect.connect(
                settings.database_url, application_name="stockpulse doctor", autocommit=True
            ) as conn,
            connect.translated(),
        ):
            refused = [lag.refused for lag in lags(settings.loader, conn) if lag.refused]
    except (DatabaseAway, DatabaseRefused):
        return []
    except StockpulseError as error:
        return [Finding("broker", "warning", f"offsets were not examined: {error}", REMEDY)]
    return [Finding("offsets", "error", one.fact, one.remedy) for one in refused]


def judge(topic: TopicFacts, outage: timedelta) -> list[Finding]:
    """Returns what is wrong with a topic if no loader may run for `outage`."""
    name, found = topic.topic, []
    if topic.is_compacted:
        found.append(
            Finding(
                "topics",
                "error",
                f"topic {name} is compacted (cleanup.policy={topic.cleanup_policy}): Kafka removes"
                " all messages of a key but the newest, loaded or not",
                ALTER.format(name, "cleanup.policy=delete,retention.ms=604800000"),
            )
        )
    if "delete" in topic.cleanup_policy.split(","):
        found += _of_retention(topic, outage)
    return found


def _of_retention(topic: TopicFacts, outage: timedelta) -> list[Finding]:
    name, found = topic.topic, []
    wanted = int(outage / timedelta(milliseconds=1))
    if topic.retention_ms is not None and topic.retention_ms < wanted:
        found.append(
            Finding(
                "topics",
                "warning",
                f"topic {name} keeps messages for {_hours(topic.retention_ms)} h: what loaders have"
                f" not read by then is lost, and STOCKPULSE_OUTAGE_HOURS is {_hours(wanted)}",
                ALTER.format(name, f"retention.ms={wanted}") + "; or lower STOCKPULSE_OUTAGE_HOURS",
            )
        )
    if topic.retention_bytes is not None:
        found.append(
            Finding(
                "topics",
                "info",
                f"topic {name} keeps {topic.retention_bytes / 1e6:,.0f} MB of each partition: how"
                " long that lasts depends on what is published",
                ALTER.format(name, "retention.bytes=-1"),
            )
        )
    return found


def judge_times(facts: list[TopicFacts]) -> list[Finding]:
    """Returns which topics go by the times of producers; StockPulse's own write the present."""
    names = [
        one.topic
        for one in facts
        if one.retention_ms is not None and one.timestamp_type != "LogAppendTime"
    ]
    if not names:
        return []
    return [
        Finding(
            "topics",
            "info",
            f"topics delete by the times that producers write (CreateTime): {', '.join(names)}; if"
            " others publish history with the times of its events, it is deleted at once",
            ALTER.format("TOPIC", "message.timestamp.type=LogAppendTime"),
        )
    ]


def _hours(milliseconds: int) -> str:
    return f"{milliseconds / 3_600_000:.4g}"
