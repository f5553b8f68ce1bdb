"""The properties of librdkafka that KAFKA_CONF_ variables may not set, each with the reason.

All others may be set. Those here would lose messages, store what was never committed, or leave
a loader that runs and stores nothing.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from db.errors import SettingsError

PREFIX = "KAFKA_CONF_"

# Properties that librdkafka knows by several names; the first is used here.
ALIASES = {
    "metadata.broker.list": "bootstrap.servers",
    "request.required.acks": "acks",
    "max.partition.fetch.bytes": "fetch.message.max.bytes",
    "sasl.mechanism": "sasl.mechanisms",
}
# The few whose names have an underscore, which a variable's name cannot tell from a dot.
UNDERSCORED = frozenset({"log_level", "ssl_key", "ssl_certificate", "ssl_ca"})

FILES = frozenset({
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.crl.location",
    "ssl.key.location",
    "ssl.keystore.location",
})  # fmt: skip
PROBE = "probe"  # librdkafka then looks for the authorities of the operating system

LONGEST_TURN_MS = 60_000  # the loader may work that long between two polls
DEFAULT_SESSION_MS = 10_000  # the loader's
DEFAULT_HEARTBEAT_MS = 3_000  # librdkafka's


class Rule(NamedTuple):
    """A check of a value, and the rest of a sentence about the values that fail."""

    allows: Callable[[str], bool]
    reason: str


def _only(*values: str) -> Callable[[str], bool]:
    return lambda text: text.strip().lower() in values


def _never(_text: str) -> bool:
    return False


def _all_of(*values: str) -> Callable[[str], bool]:
    return lambda text: {part.strip() for part in text.split(",")} <= set(values)


def _at_least(least: int) -> Callable[[str], bool]:
    # What is no number is left to librdkafka, which says so.
    return lambda text: not _is_number(text) or int(text) >= least


def _is_number(text: str) -> bool:
    return text.strip().lstrip("-").isdecimal()


RULES = {
    "bootstrap.servers": Rule(_never, "set KAFKA_BOOTSTRAP_SERVERS instead"),
    "group.id": Rule(_never, "set STOCKPULSE_GROUP instead"),
    "logger": Rule(_never, "the log is StockPulse's own; KAFKA_CONF_DEBUG adds librdkafka's to it"),
    "default.topic.config": Rule(_never, "set the properties that it would hold"),
    "transactional.id": Rule(_never, "publishers send no transactions"),
    "topic.blacklist": Rule(_never, "name the topics to load in STOCKPULSE_TOPICS"),
    "auto.offset.reset": Rule(
        _only("error"),
        "the loader starts at the offsets in the database, and another value would skip or repeat"
        " messages without a word where those have gone from the broker",
    ),
    "enable.auto.commit": Rule(
        _only("false", "0", "no", "f"),
        "offsets are committed with the rows, in the database",
    ),
    "enable.partition.eof": Rule(
        _only("true", "1", "yes", "t"), "the loader could not tell when it has read everything"
    ),
    "isolation.level": Rule(
        _only("read_committed"), "events of transactions that were aborted would be stored"
    ),
    "group.protocol": Rule(
        _only("classic"),
        "the loader starts every partition at the database's offset, all at once, which the new"
        " group protocol (KIP-848) does not allow",
    ),
    "partition.assignment.strategy": Rule(
        _all_of("range", "roundrobin"),
        "the loader starts every partition at the database's offset, all at once, which"
        " cooperative assignors do not allow: set range or roundrobin, or remove it",
    ),
    "max.poll.interval.ms": Rule(
        _at_least(LONGEST_TURN_MS),
        f"the loader may work for up to {LONGEST_TURN_MS} ms between two polls, and would leave"
        " its group again and again",
    ),
    "topic.metadata.refresh.interval.ms": Rule(
        _at_least(0), "partitions that a topic gets later would never be loaded"
    ),
    "acks": Rule(
        _only("all", "-1"),
        "messages that a broker has acknowledged would be lost with it, and publishers count"
        " those as published",
    ),
    "partitioner": Rule(
        _only("murmur2_random", "murmur2"),
        "a symbol's messages have to be in the partition that feeds and Java's producers choose",
    ),
}


def name_of(variable: str) -> str:
    """Returns the property of a variable's name without its prefix: FETCH_WAIT_MAX_MS."""
    lower = variable.lower()
    name = lower if lower in UNDERSCORED else lower.replace("_", ".")
    return ALIASES.get(name, name)


def variable_of(name: str) -> str:
    """Returns the variable that sets a property."""
    return PREFIX + name.upper().replace(".", "_")


def checked(conf: Mapping[str, str]) -> dict[str, str]:
    """Returns the properties that are to be passed to librdkafka.

    Raises SettingsError for the first that may not have its value, or names a missing file.
    """
    for name, text in conf.items():
        if name.startswith("test."):
            raise _refused(name, text, "it is for tests of librdkafka")
        rule = RULES.get(name)
        if rule and not rule.allows(text):
            raise _refused(name, text, rule.reason)
        if name in FILES and text != PROBE:
            _check_file(name, text)
    _check_heartbeat(conf)
    # One client, which only asks for offsets, reads otherwise.
    return {name: text for name, text in conf.items() if name != "isolation.level"}


def _refused(name: str, text: str, reason: str) -> SettingsError:
    return SettingsError(f"{variable_of(name)}={text} is not allowed: {reason}")


def _check_file(name: str, text: str) -> None:
    if not os.access(text, os.R_OK):
        what = "cannot be read" if Path(text).exists() else "does not exist"
        raise SettingsError(f"{variable_of(name)}={text}: the file {what}")


def _check_heartbeat(conf: Mapping[str, str]) -> None:
    session = conf.get("session.timeout.ms", str(DEFAULT_SESSION_MS))
    heartbeat = conf.get("heartbeat.interval.ms", str(DEFAULT_HEARTBEAT_MS))
    if not _is_number(session) or not _is_number(heartbeat):
        return
    if 2 * int(heartbeat) > int(session):
        raise SettingsError(
            f"a heartbeat every {heartbeat} ms is too seldom for a session of {session} ms: set "
            "KAFKA_CONF_HEARTBEAT_INTERVAL_MS to at most a third of KAFKA_CONF_SESSION_TIMEOUT_MS"
        )
