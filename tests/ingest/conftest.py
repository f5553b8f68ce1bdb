"""Settings of the broker, the records of a topic, and a store with its database."""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import psycopg
import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition
from psycopg import sql

from ingest.loader.settings import LoaderSettings
from ingest.store.store import Store, opened
from ingest.store.transaction import Stored
from tests import support
from tests.ingest import made

DEADLINE_SECONDS = 30.0


class Record(NamedTuple):
    """A message as the broker has it."""

    partition: int
    key: bytes | None
    value: bytes


ReadTopic = Callable[[str], list[Record]]


@pytest.fixture
def kafka_settings(broker) -> LoaderSettings:
    return LoaderSettings(bootstrap_servers=broker.bootstrap_servers)


@pytest.fixture
def read_topic(broker) -> ReadTopic:
    """Reads a topic from its beginning to its present end, partition by partition."""

    def read(topic: str) -> list[Record]:
        consumer = Consumer(
            {
                "bootstrap.servers": broker.bootstrap_servers,
                "group.id": "none",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 10,
            }
        )
        partitions = consumer.list_topics(topic, timeout=5).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        unread, records = set(partitions), []
        deadline = time.monotonic() + DEADLINE_SECONDS
        while unread and time.monotonic() < deadline:
            for message in consumer.consume(10_000, timeout=0.1):
                if message.error() is None:
                    records.append(Record(message.partition(), message.key(), message.value()))
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    unread.discard(message.partition())
        consumer.close()
        assert not unread, f"partitions {unread} of {topic} were not read to their end"
        return sorted(records, key=lambda record: record.partition)  # stable: keeps their order

    return read


Query = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def query(fresh_database) -> Iterator[Query]:
    """Queries the test's own database as its owner."""
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute("set time zone 'UTC'")

        def run(statement: str, *values: Any) -> list[tuple[Any, ...]]:
            cursor = conn.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

        yield run


@pytest.fixture
def store(fresh_database) -> Iterator[Store]:
    with opened(fresh_database) as made:
        yield made


@pytest.fixture
def store_all(store: Store) -> Callable[..., Stored]:
    """Stores lists of messages as one batch each, one after the other in one partition."""
    store.add_offsets(("t", 0), 0, "cluster", None)
    offsets = itertools.count()

    def put(*batches: list[bytes]) -> Stored:
        stored = []
        for values in batches:
            messages = [made.Message(value, next(offsets)) for value in values]
            stored.append(store.store(made.batch(messages)))
        return stored[-1]

    return put


@pytest.fixture
def login(database):
    """Makes a login of no group; gives its name, which is its password too."""
    name = support.unique("login")
    with psycopg.connect(database.url, autocommit=True) as conn:
        conn.execute(sql.SQL("create role {} login password {}").format(sql.Identifier(name), name))
    try:
        yield name
    finally:
        support.execute(database.url, "drop role {name}", name=name)
