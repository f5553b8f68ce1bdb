"""Finds out why no broker can be used: librdkafka tells its log, and no caller."""

import logging
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

ROUNDS = 3
ROUND_SECONDS = 0.7

START_ONE = "start one (stockpulse stack up) or set KAFKA_BOOTSTRAP_SERVERS"


class Cause(NamedTuple):
    """Reason why no broker can be used; `may_pass` if that may end without a change of settings.

    `answers` if one does at the address that is set, and clients are led to others.
    """

    sentence: str
    may_pass: bool
    answers: bool = False


class Sign(NamedTuple):
    """Words of a log line, what they mean, and what to do."""

    words: str
    remedy: str
    may_pass: bool = False


# The first that is found in any line decides.
SIGNS = (
    Sign("parse error", "KAFKA_BOOTSTRAP_SERVERS must be host:port, separated by commas"),
    Sign(
        "connecting to a PLAINTEXT broker",
        "this listener speaks no TLS: unset KAFKA_CONF_SECURITY_PROTOCOL, or set it to"
        " SASL_PLAINTEXT, or use the address of the listener with TLS",
    ),
    Sign(
        "certificate verify failed",
        "set KAFKA_CONF_SSL_CA_LOCATION to the certificate of the authority that has signed the"
        " broker's, and use a host name that is in it",
    ),
    Sign(
        "Unsupported SASL mechanism",
        "set KAFKA_CONF_SASL_MECHANISMS to one of those that the broker supports",
    ),
    Sign(
        "current SASL state",
        "this listener asks for no password: set KAFKA_CONF_SECURITY_PROTOCOL to PLAINTEXT or SSL",
    ),
    Sign(
        "SASL authentication error",
        "correct KAFKA_CONF_SASL_USERNAME, KAFKA_CONF_SASL_PASSWORD or KAFKA_CONF_SASL_MECHANISMS",
    ),
    Sign("SSL handshake failed", "correct KAFKA_CONF_SECURITY_PROTOCOL or the KAFKA_CONF_SSL_*"),
    Sign("OAUTHBEARER", "correct the KAFKA_CONF_SASL_OAUTHBEARER_*"),
    Sign("Failed to resolve", "correct KAFKA_BOOTSTRAP_SERVERS", may_pass=True),
    Sign(
        "Invalid response size",
        "what listens there speaks no Kafka, or TLS: correct KAFKA_BOOTSTRAP_SERVERS or"
        " KAFKA_CONF_SECURITY_PROTOCOL",
    ),
    Sign("Connect to", START_ONE, may_pass=True),
    Sign(
        "is not configured for SASL", "set KAFKA_CONF_SECURITY_PROTOCOL to SASL_SSL", may_pass=True
    ),
    # Also a broker that is shutting down.
    Sign(
        "isconnected",
        "a listener that wants TLS or a password (set KAFKA_CONF_SECURITY_PROTOCOL), or one that"
        " speaks no Kafka (correct KAFKA_BOOTSTRAP_SERVERS)",
        may_pass=True,
    ),
)
STATE = re.compile(r"\s*\(after \d+ms in state [A-Z_]+\)|, \d+ identical error\(s\).*")
ADVERTISED = re.compile(r"Broker #\d+/\d+: (\S+:\d+) NodeId")  # in a debug line
THREAD = re.compile(r"^.*?\[thrd:[^ ]*\]: ")


def cause(conf: Mapping[str, Any]) -> Cause | None:
    """Returns why a client with these properties reaches no broker, None if nothing tells.

    Takes up to ROUNDS times ROUND_SECONDS.
    """
    lines: list[str] = []
    details: list[str] = []
    logger = logging.Logger("librdkafka.diagnosis")
    logger.addHandler(_Lines(lines, details))
    debug = ",".join(filter(None, (conf.get("debug"), "metadata")))
    heard: dict[str, Any] = {**conf, "logger": logger, "debug": debug}
    admin = AdminClient(heard)
    for _ in range(ROUNDS):
        answers = False
        with suppress(KafkaException):
            admin.list_topics(timeout=ROUND_SECONDS)
            answers = True
        admin.poll(0)  # gives the log
        elsewhere = _advertised(details, str(conf["bootstrap.servers"]))
        if answers:
            return elsewhere  # it does answer, if slowly
        found = explain(lines)
        if found is not None:
            return elsewhere if elsewhere and found.may_pass else found
    if elsewhere is not None:
        return elsewhere
    if str(conf.get("sasl.mechanisms", "")).upper() == "OAUTHBEARER":  # waits without a word
        return Cause("there is no token; set KAFKA_CONF_SASL_OAUTHBEARER_METHOD=oidc", False)
    return None


class _Lines(logging.Handler):
    """Keeps the text of each record, of debug lines apart."""

    def __init__(self, lines: list[str], details: list[str]) -> None:
        super().__init__()
        self._lines, self._details = lines, details

    def emit(self, record: logging.LogRecord) -> None:
        kept = self._details if record.levelno <= logging.DEBUG else self._lines
        kept.append(record.getMessage())


def _advertised(lines: list[str], servers: str) -> Cause | None:
    """Returns that brokers tell their clients other addresses than those that are set, if so."""
    told = {found[1] for line in lines if (found := ADVERTISED.search(line))}
    sentence = other_addresses(told, servers)
    return Cause(sentence, may_pass=True, answers=True) if sentence else None


def other_addresses(told: Iterable[str], servers: str) -> str:
    """Returns a sentence on the addresses that brokers tell their clients.

    Empty if those are the addresses that are set.
    """
    if {*told} <= {*servers.replace(" ", "").split(",")}:
        return ""
    return (
        f"brokers tell their clients to connect to {', '.join(sorted(told))}: if this machine"
        " cannot, correct their advertised.listeners"
    )


def explain(lines: list[str]) -> Cause | None:
    """Returns the cause that librdkafka's log tells."""
    for sign in SIGNS:
        for line in lines:
            if sign.words in line:
                text = STATE.sub("", THREAD.sub("", line)).strip(": ")
                return Cause(f"{' '.join(text.split())}; {sign.remedy}", sign.may_pass)
    return None
