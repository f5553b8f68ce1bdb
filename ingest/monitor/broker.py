"""Reads from the broker, every five seconds, what the loaders have not stored yet.

The ends of all partitions come from the broker, the stored offsets from the database, one right
after the other and over connections of their own, so that neither waits for the loader.
"""

import time
from collections.abc import Mapping
from contextlib import suppress

import confluent_kafka
from confluent_kafka.admin import AdminClient

from db.connect import DatabaseAway, DatabaseRefused
from ingest.batch.messages import Partition
from ingest.kafka.client import BrokerAway, client, naming_addresses, reach
from ingest.kafka.ends import Ends, read_ends
from ingest.kafka.mismatch import beyond_end
from ingest.kafka.peek import Found, peek, peeking
from ingest.kafka.settings import KafkaSettings
from ingest.monitor.broker_gauges import LAG, STATE
from ingest.monitor.connection import ROLE, Connection
from ingest.monitor.gauges import Reading
from ingest.monitor.lag import Lag, Stored
from ingest.monitor.watch import Trouble, Watch, again

READ_SECONDS = 5.0  # between two readings
SHOWN_SECONDS = 30.0  # age at which a reading is not shown any more


class TopicMissing(BrokerAway):
    """The broker lacks a topic, or messages of it that were stored already."""


class BrokerWatch(Watch):
    """The thread, and the gauges that it sets; `missing` is set while a topic is."""

    def __init__(self, settings: KafkaSettings, database_url: str) -> None:
        super().__init__("broker", READ_SECONDS, STATE, LAG)
        self.missing: Trouble | None = None
        self._settings = settings
        self._connection = Connection(database_url)
        self._lag = Lag()
        self._admin: AdminClient | None = None
        self._peeking: confluent_kafka.Consumer | None = None

    def leave(self) -> None:
        """Breaks the connection to the database."""
        self._connection.leave()

    def close(self) -> None:
        """Closes the connections."""
        self._connection.close()
        if self._peeking is not None:
            self._peeking.close()

    def read(self) -> None:
        """Reads the lag of all topics; raises BrokerAway, BrokerRefused or SettingsError.

        While the database is away there is no lag to be read, and the broker is there all the same.
        """
        if self._admin is None:
            self._admin = client(AdminClient, self._settings)
        cluster = reach(self._admin, self._settings)
        topics = {
            name: sorted(cluster.topics[name].partitions)
            for name in self._settings.topics
            if name in cluster.topics and cluster.topics[name].error is None
        }
        partitions = [(name, number) for name, numbers in topics.items() for number in numbers]
        with naming_addresses(cluster, self._settings):
            ends = read_ends(self._admin, partitions)
        with suppress(DatabaseAway, DatabaseRefused):
            stored = self._stored()
            self._note_missing(list(topics), ends, stored)
            self.facts.put("lag", self._read_lag(list(topics), ends, stored), SHOWN_SECONDS)

    def _stored(self) -> dict[Partition, Stored]:
        try:
            self._connection.check()
            rows = self._connection.run("offsets", ROLE, topics=list(self._settings.topics))
        except BaseException:
            self._connection.close()
            raise
        return {(row[0], row[1]): Stored(row[2], row[3]) for row in rows}

    def _read_lag(
        self, topics: list[str], ends: Mapping[Partition, Ends], stored: Mapping[Partition, Stored]
    ) -> Reading:
        doubtful = self._lag.note(ends, stored, time.time())
        if doubtful:
            self._lag.learn(self._peek(doubtful))
        return self._lag.reading(topics, time.time())

    def _peek(self, offsets: Mapping[Partition, int]) -> dict[Partition, Found]:
        if self._peeking is None:
            self._peeking = peeking(self._settings)
        return peek(self._peeking, offsets)

    def _note_missing(
        self, topics: list[str], ends: Mapping[Partition, Ends], stored: Mapping[Partition, Stored]
    ) -> None:
        faults = [
            f"topic {name} does not exist" for name in self._settings.topics if name not in topics
        ]
        faults += filter(
            None,
            (
                beyond_end(partition, stored[partition].next_offset, one)
                for partition, one in ends.items()
                if partition in stored
            ),
        )
        self.missing = again(self.missing, TopicMissing("; ".join(faults))) if faults else None
