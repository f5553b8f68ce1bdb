"""KAFKA_CONF_ variables: which are refused with a reason, and that all others are passed on."""

import pytest

from db.errors import SettingsError
from ingest.kafka import client, producer, properties
from ingest.kafka.properties import checked, name_of
from ingest.loader.settings import LoaderSettings

REFUSED = {
    "AUTO_OFFSET_RESET": ("earliest", "latest", "largest", "beginning"),
    "ENABLE_AUTO_COMMIT": ("true", "1", "yes"),
    "ENABLE_PARTITION_EOF": ("false", "0"),
    "ISOLATION_LEVEL": ("read_uncommitted",),
    "GROUP_PROTOCOL": ("consumer", "CONSUMER"),
    "PARTITION_ASSIGNMENT_STRATEGY": ("cooperative-sticky", "range,cooperative-sticky", ""),
    "MAX_POLL_INTERVAL_MS": ("59999", "0"),
    "HEARTBEAT_INTERVAL_MS": ("5001", "3600000"),
    "TOPIC_METADATA_REFRESH_INTERVAL_MS": ("-1",),
    "GROUP_ID": ("mine",),
    "BOOTSTRAP_SERVERS": ("a:1",),
    "METADATA_BROKER_LIST": ("a:1",),
    "ACKS": ("0", "1"),
    "REQUEST_REQUIRED_ACKS": ("0", "1"),
    "PARTITIONER": ("consistent_random", "random", "fnv1a"),
    "TRANSACTIONAL_ID": ("mine",),
    "TOPIC_BLACKLIST": ("^old",),
    "TEST_MOCK_NUM_BROKERS": ("1",),
    "LOGGER": ("x",),
    "DEFAULT_TOPIC_CONFIG": ("x",),
    "SSL_CA_LOCATION": ("/nowhere/ca.pem",),
    "SSL_KEY_LOCATION": ("/nowhere/key.pem",),
}
ALLOWED = {
    "AUTO_OFFSET_RESET": ("error",),
    "ENABLE_AUTO_COMMIT": ("false", "False"),
    "ENABLE_PARTITION_EOF": ("true",),
    "GROUP_PROTOCOL": ("classic",),
    "PARTITION_ASSIGNMENT_STRATEGY": ("range", "roundrobin", "range,roundrobin"),
    "MAX_POLL_INTERVAL_MS": ("60000", "3600000"),
    "SESSION_TIMEOUT_MS": ("6000", "45000", "1800000"),
    "HEARTBEAT_INTERVAL_MS": ("300", "3000"),
    "ACKS": ("all", "-1"),
    "CLIENT_ID": ("loader 7",),
    "CLIENT_RACK": ("a",),
    "COMPRESSION_TYPE": ("zstd",),
    "ENABLE_IDEMPOTENCE": ("false",),
    "FETCH_WAIT_MAX_MS": ("5",),
    "GROUP_INSTANCE_ID": ("pod-0",),
    "SSL_CA_LOCATION": ("probe",),
    "DEBUG": ("cgrp",),
}


def cases(table):
    return [
        pytest.param(name, value, id=f"{name}={value}")
        for name, values in table.items()
        for value in values
    ]


@pytest.mark.parametrize("name, value", cases(REFUSED))
def test_a_setting_that_breaks_a_promise_is_refused_in_one_line_that_names_it(name, value):
    with pytest.raises(SettingsError) as refused:
        checked({name_of(name): value})
    text = str(refused.value)
    canonical = properties.variable_of(name_of(name))
    assert canonical in text
    assert "\n" not in text
    assert len(text) > len(f"{canonical}={value} is not allowed: ")


@pytest.mark.parametrize("name, value", cases(ALLOWED))
def test_any_other_setting_is_passed_to_librdkafka(name, value):
    assert checked({name_of(name): value}) == {name_of(name): value}


def test_a_heartbeat_is_judged_by_the_session_that_is_set():
    assert checked({"session.timeout.ms": "45000", "heartbeat.interval.ms": "15000"})
    with pytest.raises(SettingsError, match="KAFKA_CONF_HEARTBEAT_INTERVAL_MS"):
        checked({"session.timeout.ms": "2000"})  # with librdkafka's heartbeat every 3 s


def test_what_is_no_number_is_left_to_librdkafka():
    assert checked({"session.timeout.ms": "soon"}) == {"session.timeout.ms": "soon"}


def test_names_with_an_underscore_are_known():
    assert name_of("LOG_LEVEL") == "log_level"
    assert name_of("FETCH_WAIT_MAX_MS") == "fetch.wait.max.ms"


@pytest.mark.parametrize(
    "conf, words",
    [
        ({"sasl.user": "u"}, 'KAFKA_CONF_SASL_USER: .*property: "sasl.user"'),
        ({"security.protocol": "TLS"}, 'KAFKA_CONF_SECURITY_PROTOCOL: .*"TLS"'),
        (
            {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanisms": "SCRAM-SHA256"},
            "Unsupported SASL mechanism: SCRAM-SHA256; set KAFKA_CONF_SASL_MECHANISMS to PLAIN",
        ),
        (
            {"security.protocol": "SASL_PLAINTEXT", "sasl.username": "u", "sasl.password": "p"},
            "SASL mechanism GSSAPI.*set KAFKA_CONF_SASL_MECHANISMS to PLAIN",
        ),
        ({"max.poll.interval.ms": "never"}, "KAFKA_CONF_MAX_POLL_INTERVAL_MS"),
    ],
    ids=["unknown", "unknown value", "mechanism misspelt", "no mechanism", "no number"],
)
def test_the_error_names_the_variable_that_librdkafka_refuses(conf, words):
    settings = LoaderSettings(bootstrap_servers="127.0.0.1:1", kafka_conf=conf)
    with pytest.raises(SettingsError, match=words) as refused:
        producer.publish(settings, "ticks", [])
    assert "\n" not in str(refused.value)


def test_the_log_of_librdkafka_is_given_if_it_is_asked_for():
    quiet = client._properties(LoaderSettings(), {})
    asked = client._properties(LoaderSettings(kafka_conf={"debug": "broker"}), {})
    assert not quiet["logger"].isEnabledFor(40)
    assert asked["logger"].isEnabledFor(10)
