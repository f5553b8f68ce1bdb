"""TLS and passwords on a real Kafka: the right settings load, each mistake is told within 10 s."""

import json
import time

import confluent_kafka
import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from confluent_kafka.cimpl import NewTopic

from ingest.kafka import refused_login
from ingest.kafka.client import BrokerRefused
from ingest.loader.settings import LoaderSettings
from tests import support
from tests.ingest.loader.loaders import tick
from tests.operations.kafka.secure import PASSWORD, SecureKafka

pytestmark = pytest.mark.operations

SECONDS = 10.0  # of a command, its start included


@pytest.fixture
def admin(secured: SecureKafka) -> AdminClient:
    return AdminClient({"bootstrap.servers": secured.plain})


@pytest.fixture
def secret_topic(secured, admin) -> str:
    """A topic with one tick, which the user `loader` may not see."""
    name = support.unique("topic")
    settle(admin.create_topics([NewTopic(name, 1, 1)]))
    producer = confluent_kafka.Producer({"bootstrap.servers": secured.plain})
    producer.produce(name, tick(1))
    assert producer.flush(20) == 0
    return name


@pytest.fixture
def group() -> str:
    return support.unique("group")


@pytest.fixture
def given(bare, secured, fresh_database, secret_topic, group) -> dict[str, str]:
    """The environment of the user `loader`, with the right settings."""
    return {
        **bare,
        "STOCKPULSE_DATABASE_URL": fresh_database,
        "STOCKPULSE_TOPICS": secret_topic,
        "STOCKPULSE_GROUP": group,
        "KAFKA_BOOTSTRAP_SERVERS": secured.sasl_ssl,
        "KAFKA_CONF_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_CONF_SSL_CA_LOCATION": str(secured.ca),
        "KAFKA_CONF_SASL_MECHANISMS": "PLAIN",
        "KAFKA_CONF_SASL_USERNAME": "loader",
        "KAFKA_CONF_SASL_PASSWORD": PASSWORD,
    }


@pytest.fixture
def allowed(admin, secret_topic, group) -> None:
    """The user `loader` may read the topic in the group, and its configuration."""
    settle(admin.create_acls([
        acl(ResourceType.TOPIC, secret_topic, AclOperation.READ),
        acl(ResourceType.TOPIC, secret_topic, AclOperation.DESCRIBE_CONFIGS),
        acl(ResourceType.GROUP, group, AclOperation.READ),
    ]))  # fmt: skip


def acl(kind, name, operation):
    return AclBinding(
        kind,
        name,
        ResourcePatternType.LITERAL,
        "User:loader",
        "*",
        operation,
        AclPermissionType.ALLOW,
    )


def settle(futures):
    for future in futures.values():
        future.result(20)


def test_a_loader_with_the_right_settings_loads(run, given, allowed, query):
    ended = run(given, "load", "--until-end")
    assert ended.code == 0, ended
    assert query("select count(*) from market.trades") == [(1,)]


# By what is wrong: the listener, the variables that differ (None: unset), and words of the line.
MISTAKES = {
    "TLS against a listener without": (
        "plain",
        {"SECURITY_PROTOCOL": "SSL"},
        "speaks no TLS: unset KAFKA_CONF_SECURITY_PROTOCOL",
    ),
    "no TLS against a listener with": (
        "ssl",
        {"SECURITY_PROTOCOL": None, "SASL_MECHANISMS": None, "SASL_USERNAME": None},
        "a listener that wants TLS or a password (set KAFKA_CONF_SECURITY_PROTOCOL)",
    ),
    "a password at a listener that wants none": (
        "ssl",
        {},
        "this listener asks for no password",
    ),
    "no password at a listener that wants one": (
        "sasl",
        {"SECURITY_PROTOCOL": None, "SASL_MECHANISMS": None, "SASL_USERNAME": None},
        "a listener that wants TLS or a password (set KAFKA_CONF_SECURITY_PROTOCOL)",
    ),
    "a password without the protocol": (
        "sasl",
        {"SECURITY_PROTOCOL": None},
        "set KAFKA_CONF_SECURITY_PROTOCOL to SASL_SSL",
    ),
    "a wrong password": (
        "sasl_ssl",
        {"SASL_PASSWORD": "hunter2"},
        "correct KAFKA_CONF_SASL_USERNAME, KAFKA_CONF_SASL_PASSWORD",
    ),
    "a user without credentials of the mechanism": (
        "sasl_ssl",
        {"SASL_MECHANISMS": "SCRAM-SHA-256"},
        "correct KAFKA_CONF_SASL_USERNAME, KAFKA_CONF_SASL_PASSWORD",
    ),
    "a mechanism that the broker lacks": (
        "sasl_ssl",
        {"SASL_MECHANISMS": "SCRAM-SHA-512"},
        "set KAFKA_CONF_SASL_MECHANISMS to one of those that the broker supports",
    ),
    "a mechanism misspelt": (
        "sasl_ssl",
        {"SASL_MECHANISMS": "SCRAM-SHA256"},
        "Unsupported SASL mechanism: SCRAM-SHA256; set KAFKA_CONF_SASL_MECHANISMS to",
    ),
    "a token that nobody gives": (
        "sasl",
        {"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SASL_MECHANISMS": "OAUTHBEARER"},
        "there is no token; set KAFKA_CONF_SASL_OAUTHBEARER_METHOD=oidc",
    ),
    "no certificate of the authority": (
        "sasl_ssl",
        {"SSL_CA_LOCATION": None},
        "set KAFKA_CONF_SSL_CA_LOCATION",
    ),
    "a file that is not there": (
        "sasl_ssl",
        {"SSL_CA_LOCATION": "/nowhere/ca.pem"},
        "KAFKA_CONF_SSL_CA_LOCATION=/nowhere/ca.pem: the file does not exist",
    ),
    "a name that the certificate lacks": (
        "by number",
        {},
        "use a host name that is in it",
    ),
    "an unknown setting": ("sasl_ssl", {"SASL_USER": "u"}, "KAFKA_CONF_SASL_USER"),
    "an unknown protocol": (
        "sasl_ssl",
        {"SECURITY_PROTOCOL": "TLS"},
        "KAFKA_CONF_SECURITY_PROTOCOL",
    ),
    "a name that does not resolve": ("kafka.invalid:9092", {}, "Failed to resolve"),
}


@pytest.mark.parametrize("listener, changes, words", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_within_ten_seconds(run, given, secured, listener, changes, words):
    environ = dict(given)
    environ["KAFKA_BOOTSTRAP_SERVERS"] = {
        **secured._asdict(),
        "by number": secured.sasl_ssl.replace("localhost", "127.0.0.1"),
    }.get(listener, listener)
    for name, value in changes.items():
        environ.pop(f"KAFKA_CONF_{name}", None)
        if value is not None:
            environ[f"KAFKA_CONF_{name}"] = value
    check(run, environ, words)


def check(run, environ, words):
    started = time.monotonic()
    ended = run(environ, "load", "--until-end")
    seconds = time.monotonic() - started
    assert ended.code == 1, ended
    assert ended.error.startswith("stockpulse: "), ended
    assert words in ended.error
    assert "Traceback" not in ended.err
    assert "stack up" not in ended.error  # a broker does answer
    assert environ["KAFKA_CONF_SASL_PASSWORD"] not in ended.err
    assert seconds < SECONDS


def test_another_authority_is_told(run, given, secured):
    given["KAFKA_CONF_SSL_CA_LOCATION"] = str(secured.other_ca)
    check(run, given, "set KAFKA_CONF_SSL_CA_LOCATION")


def test_a_topic_that_the_user_may_not_see_is_told_as_such(run, given):
    check(run, given, "may neither see nor create it")


def test_a_group_that_the_user_may_not_read_ends_the_loader(run, given, admin, secret_topic):
    settle(admin.create_acls([acl(ResourceType.TOPIC, secret_topic, AclOperation.READ)]))
    check(run, given, "STOCKPULSE_GROUP")


def test_a_topic_whose_configuration_is_hidden_is_loaded_with_a_warning(
    run, given, admin, secret_topic, group, query
):
    settle(admin.create_acls([
        acl(ResourceType.TOPIC, secret_topic, AclOperation.READ),
        acl(ResourceType.GROUP, group, AclOperation.READ),
    ]))  # fmt: skip
    ended = run(given, "load", "--until-end")
    assert ended.code == 0, ended
    assert "topics not examined for compaction" in ended.err
    assert query("select count(*) from market.trades") == [(1,)]


def test_status_shows_the_reason_and_the_rest(run, given):
    given["KAFKA_CONF_SASL_PASSWORD"] = "hunter2"
    ended = run(given, "status", "--json")
    assert ended.code == 0, ended
    found = json.loads(ended.out)
    assert found["lag"] is None
    assert "correct KAFKA_CONF_SASL_USERNAME" in found["broker_error"]
    assert found["relations"]


def test_status_tells_a_topic_that_is_hidden_beside_one_that_is_not(
    run, given, secured, admin, secret_topic, query
):
    seen = support.unique("topic")
    settle(admin.create_topics([NewTopic(seen, 1, 1)]))
    settle(admin.create_acls([acl(ResourceType.TOPIC, seen, AclOperation.READ)]))
    producer = confluent_kafka.Producer({"bootstrap.servers": secured.plain})
    producer.produce(seen, tick(1))
    assert producer.flush(20) == 0
    query(
        'insert into ops.kafka_offsets (topic, "partition", next_offset, cluster_id)'
        f" values ('{secret_topic}', 0, 1, 'c')"
    )
    given["STOCKPULSE_TOPICS"] = f"{secret_topic},{seen}"
    ended = run(given, "status", "--json")
    assert ended.code == 0, ended
    hidden, other = json.loads(ended.out)["lag"]
    assert (hidden["topic"], hidden["partitions"]) == (secret_topic, 0)
    assert "or hides it from this user" in hidden["refused"]["fact"]
    assert (other["messages"], other["refused"]) == (1, None)


def test_a_password_that_is_changed_under_a_loader_ends_it(
    secured, admin, allowed, secret_topic, group, fresh_database, run_loader, monkeypatch
):
    monkeypatch.setattr(refused_login, "PATIENCE_SECONDS", 3.0)
    set_password(admin, "first")
    loader = run_loader(
        LoaderSettings(
            database_url=fresh_database,
            bootstrap_servers=secured.sasl_ssl,
            topics=(secret_topic,),
            group=group,
            kafka_conf={
                "security.protocol": "SASL_SSL",
                "ssl.ca.location": str(secured.ca),
                "sasl.mechanisms": "SCRAM-SHA-256",
                "sasl.username": "loader",
                "sasl.password": "first",
                "reconnect.backoff.max.ms": "500",
            },
        )
    )
    loader.wait_for_rows(1)
    set_password(admin, "second")
    secured.node.stop()  # connections that are open are not asked again
    secured.node.start()
    with pytest.raises(BrokerRefused, match="no broker lets the loader in") as refused:
        loader.future.result(60)
    assert "first" not in str(refused.value)


def set_password(admin: AdminClient, password: str) -> None:
    credential = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
    settle(
        admin.alter_user_scram_credentials(
            [UserScramCredentialUpsertion("loader", credential, password.encode())]
        )
    )
