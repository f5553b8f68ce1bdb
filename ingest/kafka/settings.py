"""Settings of Kafka's clients."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from db.errors import SettingsError
from db.settings import Settings
from ingest.kafka import properties


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

    KAFKA_CONF_FETCH_WAIT_MAX_MS is librdkafka's fetch.wait.max.ms. An empty variable counts as
    unset. Raises SettingsError if the servers are no list of addresses.
    """
    servers = environ.get("KAFKA_BOOTSTRAP_SERVERS")
    conf = {
        properties.name_of(name.removeprefix(properties.PREFIX)): text
        for name, text in environ.items()
        if name.startswith(properties.PREFIX) and text
    }
    return {
        "bootstrap_servers": _addresses(servers) if servers else KafkaSettings().bootstrap_servers,
        "kafka_conf": conf,
    }


def _addresses(text: str) -> str:
    """Returns a list of addresses without blanks and empty parts."""
    addresses = [part.strip() for part in text.split(",") if part.strip()]
    wrong = [address for address in addresses if not _is_address(address)]
    if wrong or not addresses:
        # It may be a URL with a password.
        named = f" is {text!r}, but" if "@" not in text else ""
        raise SettingsError(
            f"KAFKA_BOOTSTRAP_SERVERS{named} must be addresses host:port separated by commas"
        )
    return ",".join(addresses)


def _is_address(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]") or (":" in host.strip("[]") and not text.startswith("[")):
        return "/" not in text and " " not in text  # without a port, perhaps IPv6
    return bool(host) and "/" not in host and port.isdecimal() and 0 < int(port) < 65_536
