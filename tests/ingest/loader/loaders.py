"""Messages for a loader, loaders in threads of their own, and what they have stored."""

import threading
from datetime import timedelta

import confluent_kafka
import msgspec
import pytest

from ingest.formats.times import rfc3339
from ingest.loader.run import load
from tests import support
from tests.ingest import made

SECONDS = 60  # deadline for anything that a loader has to do


def tick(number, **changes):
    """Returns the value of a message whose tick has the id `number`."""
    time = rfc3339(made.RECENT + timedelta(milliseconds=number))
    return made.trade(number, symbol=f"S{number % 7}", event_time=time, **changes)


def ticks(*span):
    """Returns a message for each number of range(*span)."""
    return [tick(number) for number in range(*span)]


def changed(settings, **values):
    return msgspec.structs.replace(settings, **values)


def publish(settings, values, partition=None, **conf):
    """Sends values to the topic: to its partitions in turn, or all to one."""
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.bootstrap_servers, **conf})
    [topic] = settings.topics
    for number, value in enumerate(values):
        producer.produce(topic, value, partition=number % 4 if partition is None else partition)
    assert producer.flush(SECONDS) == 0


def load_all(settings):
    """Loads what the topics hold; returns the report."""
    return load(settings, threading.Event(), until_end=True, seconds=SECONDS)


def ids(query):
    """Returns the numbers of the stored ticks, sorted; one that is stored twice is there twice."""
    return sorted(int(number) for (number,) in query("select tick_id from market.trades"))


def offsets(query):
    """Returns the next offset of each partition."""
    return dict(query('select "partition", next_offset from ops.kafka_offsets'))


class Running:
    """A loader in a thread of its own; `rows` and `batches` count what is `stored`."""

    def __init__(self, settings, threads, **options):
        self.rows = 0
        self.batches = 0
        self.stored = []
        self.stop = threading.Event()
        self.future = threads.submit(load, settings, self.stop, observe=self._observe, **options)

    def _observe(self, stored):
        self.rows += stored.rows
        self.batches += 1
        self.stored.append(stored)

    def end(self):
        """Stops the loader; returns its report."""
        self.stop.set()
        return self.future.result(SECONDS)

    def wait(self, condition, what):
        """Returns once the condition holds; fails if the loader ends before that."""

        def holds():
            if self.future.done():
                self.future.result()
                pytest.fail(f"the loader ended before {what}")
            return condition()

        support.wait_until(holds, what, SECONDS)

    def wait_for_rows(self, rows):
        self.wait(lambda: self.rows >= rows, f"{rows} rows were stored")
