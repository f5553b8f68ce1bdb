"""Settings of Kafka's clients."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from db.settings import Settings

CONF_PREFIX = "KAFKA_CONF_"


class KafkaSettings(Settings, frozen=True, kw_only=True):
    """Brokers, topics and group, and librdkafka's own properties."""

    OTHER_VARIABLES: ClassVar[frozenset[str]] = frozenset({"bootstrap_servers", "kafka_conf"})

    bootstrap_servers: str = "127.0.0.1:9092"
    topics: tuple[str, ...] = (
        "stock.ticks.v1",
        "stock.ticks.backfill.v1",
        "stock.bars.vendor.v1",
    )
    group: str = "stockpulse"
    kafka_conf: dict[str, str] = msgspec.field(default_factory=dict)


def other_variables(environ: Mapping[str, str]) -> dict[str, object]:
    """Returns the fields whose variables are Kafka's: KAFKA_BOOTSTRAP_SERVERS and KAFKA_CONF_*.

    KAFKA_CONF_FETCH_WAIT_MAX_MS is librdkafka's fetch.wait.max.ms.
    """
    servers = environ.get("KAFKA_BOOTSTRAP_SERVERS") or KafkaSettings().bootstrap_servers
    conf = {
        name.removeprefix(CONF_PREFIX).lower().replace("_", "."): text
        for name, text in environ.items()
        if name.startswith(CONF_PREFIX)
    }
    return {"bootstrap_servers": servers, "kafka_conf": conf}
