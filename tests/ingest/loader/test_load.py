"""The loader itself, from a broker into a database: everything once, whatever happens around it."""

import itertools
import logging
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import confluent_kafka
import msgspec
import psycopg
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions

from db import migrate
from db.errors import BrokerAway, DatabaseRefused, OffsetsMismatch
from db.settings import Settings
from ingest.formats.times import rfc3339
from ingest.kafka import topics
from ingest.loader import run as loader
from ingest.loader.run import load
from stack import database as databases
from tests import support
from tests.ingest import made

SECONDS = 60  # for a loader to do what it has to


def tick(number, **changes):
    time = rfc3339(made.RECENT + timedelta(milliseconds=number))
    return made.trade(number, symbol=f"S{number % 7}", event_time=time, **changes)


@pytest.fixture
def given(fresh_database, broker, topic) -> Settings:
    return Settings(
        database_url=fresh_database,
        bootstrap_servers=broker.bootstrap_servers,
        topics=(topic,),
        group=support.unique("group"),
        batch_ms=20,
    )


def changed(settings, **values):
    return msgspec.structs.replace(settings, **values)


def publish(settings, values, partition=None, **conf):
    """Sends values to the topic: to the partitions in turn, or all to one."""
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.bootstrap_servers, **conf})
    [topic] = settings.topics
    for number, value in enumerate(values):
        producer.produce(topic, value, partition=number % 4 if partition is None else partition)
    assert producer.flush(SECONDS) == 0


def numbers(*span):
    return [tick(number) for number in range(*span)]


class Running:
    """A loader in a thread of its own; `rows` counts what it has stored."""

    def __init__(self, settings, threads, **options):
        self.rows = 0
        self.batches = 0
        self.stop = threading.Event()
        self.future = threads.submit(load, settings, self.stop, observe=self._observe, **options)

    def _observe(self, stored):
        self.rows += stored.rows
        self.batches += 1

    def end(self):
        self.stop.set()
        return self.future.result(SECONDS)

    def wait(self, condition, what):
        def met():
            if self.future.done():
                self.future.result()
                pytest.fail(f"the loader ended before {what}")
            return condition()

        support.wait_until(met, what, SECONDS)

    def wait_for_rows(self, rows):
        self.wait(lambda: self.rows >= rows, f"{rows} rows were stored")


@pytest.fixture
def run() -> Iterator:
    """Starts loaders, and ends them with the test."""
    running = []
    with ThreadPoolExecutor(4) as threads:

        def start(settings, **options):
            running.append(Running(settings, threads, **options))
            return running[-1]

        try:
            yield start
        finally:
            for one in running:
                one.stop.set()


def load_all(settings):
    return load(settings, threading.Event(), until_end=True, seconds=SECONDS)


def ids(query):
    """Returns the numbers of the stored ticks, each as often as it is there."""
    return sorted(int(number) for (number,) in query("select tick_id from market.ticks"))


def offsets(query):
    return dict(query('select "partition", next_offset from ops.kafka_offsets'))


def test_all_that_is_in_the_topic_is_stored_once(given, query):
    publish(given, [*numbers(100), b"poison", tick(3), b'{"type":"ping"}'])
    loaded = load_all(given)
    assert (loaded.rows, loaded.duplicates, loaded.rejects) == (100, 1, 1)
    assert ids(query) == list(range(100))
    assert offsets(query) == {0: 26, 1: 26, 2: 26, 3: 25}
    assert query("select count(*) from ops.rejects") == [(1,)]


def test_an_empty_topic_is_at_its_end_at_once(given, query):
    assert load_all(given).batches == 0
    assert offsets(query) == {0: 0, 1: 0, 2: 0, 3: 0}


def test_a_topic_that_is_missing_is_made(given, query):
    new = changed(given, topics=(support.unique("topic"),))
    assert load_all(new).rows == 0
    publish(new, numbers(8))
    assert load_all(new).rows == 8


def test_several_topics_are_loaded_together(given, broker, query):
    more = support.unique("topic")
    broker.create_topics([more])
    publish(given, numbers(10))
    publish(changed(given, topics=(more,)), numbers(10, 20))
    assert load_all(changed(given, topics=(*given.topics, more))).rows == 20
    assert ids(query) == list(range(20))


def test_the_loader_goes_on_where_it_stopped(given, query):
    publish(given, numbers(50))
    assert load_all(given).rows == 50
    publish(given, numbers(50, 80))
    again = load_all(given)
    assert (again.rows, again.duplicates) == (30, 0)
    assert load_all(given).batches == 0
    assert ids(query) == list(range(80))


def test_the_position_is_the_databases_whatever_kafka_has_committed(given, query):
    publish(given, numbers(40))
    load_all(given)
    query("delete from market.ticks")
    query("update ops.kafka_offsets set next_offset = 0")
    assert load_all(given).rows == 40
    assert ids(query) == list(range(40))


def test_until_end_ends_while_others_still_publish(given, run, query):
    publish(given, numbers(100))
    stop = threading.Event()

    def go_on():
        for number in itertools.count(100):
            if stop.is_set():
                return
            publish(given, [tick(number)])

    with ThreadPoolExecutor(1) as threads:
        publishing = threads.submit(go_on)
        try:
            loaded = load_all(given)
        finally:
            stop.set()
        publishing.result(SECONDS)
    assert loaded.rows >= 100
    assert ids(query)[:100] == list(range(100))
    load_all(given)
    assert ids(query) == list(range(len(ids(query))))


def test_time_runs_out_for_a_loader_that_was_given_some(given, query):
    publish(given, numbers(10))
    assert load(given, threading.Event(), seconds=0).rows == 0
    load(given, threading.Event(), seconds=5)
    assert ids(query) == list(range(10))


@pytest.mark.parametrize(
    "limit, most",
    [
        ({"batch_rows": 10}, 10),
        ({"batch_bytes": 6 * len(tick(10))}, 6),
        ({"batch_rows": 1}, 1),
    ],
    ids=["rows", "bytes", "one-by-one"],
)
def test_a_batch_closes_at_its_limit(given, query, limit, most):
    publish(given, [tick(number) for number in range(10, 60)], partition=1)
    loaded = load_all(changed(given, batch_ms=1000, **limit))
    assert loaded.rows == 50
    [(largest,)] = query("select max(tick_rows) from ops.load_batches")
    assert 0 < largest <= most


def test_a_batch_that_does_not_fill_closes_in_time(given, run, query):
    running = run(changed(given, batch_ms=200))
    publish(given, numbers(5))
    running.wait_for_rows(5)
    assert running.end().rows == 5


def test_a_batch_may_be_larger_than_kafka_gives_at_once(given, query):
    publish(given, numbers(50))
    assert load_all(changed(given, batch_rows=5_000_000)).rows == 50


@pytest.mark.kafka
def test_transaction_markers_are_gaps_and_what_was_aborted_is_not_there(given, query):
    producer = confluent_kafka.Producer({
        "bootstrap.servers": given.bootstrap_servers,
        "transactional.id": support.unique("transactions"),
    })  # fmt: skip
    producer.init_transactions(SECONDS)
    for first in range(0, 60, 20):
        producer.begin_transaction()
        for number in range(first, first + 20):
            producer.produce(given.topics[0], tick(number), partition=number % 2)
        producer.flush(SECONDS)
        if first == 20:
            producer.abort_transaction(SECONDS)
        else:
            producer.commit_transaction(SECONDS)
    assert load_all(given).rows == 40
    assert ids(query) == [*range(20), *range(40, 60)]
    assert load_all(given).batches == 0


def test_two_loaders_share_the_partitions(given, run, query):
    first, second = run(given), run(given)
    published = 0

    def publish_more():
        nonlocal published
        publish(given, numbers(published, published + 8))
        published += 8
        return first.rows > 0 and second.rows > 0

    first.wait(publish_more, "both had stored something")
    assert first.wait(lambda: first.rows + second.rows == published, "all was stored") is None
    ended = [first.end(), second.end()]
    assert sum(loaded.rows for loaded in ended) == published
    assert sum(loaded.duplicates for loaded in ended) == 0
    assert ids(query) == list(range(published))


def test_a_rebalance_in_mid_batch_loses_and_doubles_nothing(given, run, query):
    slow = run(changed(given, batch_ms=3_600_000))  # its batch stays in hand
    publish(given, numbers(40))
    slow.wait(lambda: len(offsets(query)) == 4, "it had its partitions")
    quick = run(given)
    quick.wait_for_rows(20)  # its half of what the other had in hand, perhaps
    loaded = [slow.end(), quick.end()]
    rest = load_all(given)
    assert sum(one.rows for one in [*loaded, rest]) == 40
    assert sum(one.duplicates for one in [*loaded, rest]) == 0
    assert ids(query) == list(range(40))


def test_a_loader_that_leaves_gives_its_partitions_to_the_other(given, run, query):
    first, second = run(given), run(given)
    counter = itertools.count(0, 8)

    def publish_more():
        start = next(counter)
        publish(given, numbers(start, start + 8))
        return first.rows > 0 and second.rows > 0

    first.wait(publish_more, "both had stored something")
    first.end()
    publish_more()
    total = next(counter)
    second.wait(lambda: len(ids(query)) == total, "the rest was stored")
    assert second.end().duplicates == 0
    assert ids(query) == list(range(total))


def test_a_loader_that_was_overtaken_goes_on_from_where_the_other_is(given, run, query, caplog):
    running = run(given)
    publish(given, numbers(10), partition=0)
    running.wait_for_rows(10)
    # what another loader would do that takes the next five for its own
    query('update ops.kafka_offsets set next_offset = 15 where "partition" = 0')
    publish(given, numbers(10, 20), partition=0)
    running.wait_for_rows(15)
    assert running.end().rows == 15
    assert ids(query) == [*range(10), *range(15, 20)]
    assert "batch dropped" in caplog.messages


def in_hand(monkeypatch):
    """Returns the loaders that are made from now on, to look into."""
    made_ones = []
    init = loader._Loader.__init__

    def note(self, *args):
        init(self, *args)
        made_ones.append(self)

    monkeypatch.setattr(loader._Loader, "__init__", note)
    return made_ones


def test_a_stop_stores_the_batch_in_hand(given, run, query, monkeypatch):
    inner = in_hand(monkeypatch)
    publish(given, numbers(30))
    running = run(changed(given, batch_ms=3_600_000))
    running.wait(lambda: inner and len(inner[0]._batch.messages) == 30, "all was in hand")
    assert ids(query) == []
    assert running.end().rows == 30
    assert ids(query) == list(range(30))
    assert sum(offsets(query).values()) == 30


@pytest.fixture
def paused(given, run, monkeypatch, fresh_database):
    """A loader that has stored 20 ticks and paused over 200 more, and who keeps it waiting."""
    inner = in_hand(monkeypatch)
    running = run(changed(given, batch_rows=10))
    publish(given, numbers(20))
    running.wait_for_rows(20)
    with psycopg.connect(fresh_database) as blocker:
        blocker.execute("lock table ops.load_batches in access exclusive mode")
        publish(given, numbers(20, 220))
        running.wait(lambda: inner[0]._consumer._paused, "it had paused")
        yield running, blocker


def test_a_slow_database_pauses_the_loader_and_loses_nothing(given, paused, query):
    running, blocker = paused
    publish(given, numbers(220, 420))
    blocker.rollback()
    running.wait_for_rows(420)
    assert running.end().duplicates == 0
    assert ids(query) == list(range(420))


def test_a_stop_ends_a_loader_whose_next_batch_is_full(given, paused, query):
    running, blocker = paused
    assert running.end().rows == 20
    blocker.rollback()
    load_all(given)
    assert ids(query) == list(range(220))


def test_a_batch_grows_while_the_one_before_is_stored(
    given, run, query, monkeypatch, fresh_database
):
    inner = in_hand(monkeypatch)
    running = run(given)
    publish(given, numbers(10))
    running.wait_for_rows(10)
    with psycopg.connect(fresh_database) as blocker:
        blocker.execute("lock table ops.load_batches in access exclusive mode")
        publish(given, numbers(10, 20))
        running.wait(lambda: inner[0]._storing is not None, "a batch is being stored")
        for first in range(20, 80, 20):
            publish(given, numbers(first, first + 20))
            running.wait(lambda n=first: len(inner[0]._batch.messages) >= n, "the next one grew")
        before = running.batches
    running.wait_for_rows(80)
    assert running.end().duplicates == 0
    assert running.batches - before <= 3  # not one for each 20 ms
    assert ids(query) == list(range(80))


@pytest.fixture
def own_database():
    """A server of this test's own, migrated, to be stopped and started."""
    with databases.start() as started:
        if started.server is None:
            pytest.skip("needs a database of its own, this run was given one")
        migrate.upgrade(started.url)
        yield started


@pytest.mark.parametrize("crash", [False, True], ids=["stopped", "killed"])
def test_a_database_that_goes_away_is_waited_for(given, run, own_database, caplog, crash):
    caplog.set_level(logging.INFO)
    settings = changed(given, database_url=own_database.url, batch_rows=10)
    running = run(settings)
    publish(settings, numbers(20))
    running.wait_for_rows(20)
    (own_database.kill if crash else own_database.stop)()
    publish(settings, numbers(20, 60))
    running.wait(
        lambda: caplog.messages.count("waiting for the database") >= 2, "it said that it waits"
    )
    own_database.start()
    publish(settings, numbers(60, 70))
    running.wait(lambda: stored(own_database) == list(range(70)), "all was stored")
    ended = running.end()
    assert ended.rejects == 0
    assert caplog.messages.count("partitions assigned") == 1  # it stayed in the group


def stored(database):
    with psycopg.connect(database.url) as conn:
        return ids(lambda statement: conn.execute(statement).fetchall())


def test_a_loader_that_starts_before_its_database_waits_for_it(given, run, own_database, caplog):
    own_database.stop()
    settings = changed(given, database_url=own_database.url)
    publish(settings, numbers(10))
    running = run(settings)
    running.wait(lambda: "waiting for the database" in caplog.messages, "it said that it waits")
    own_database.start()
    running.wait_for_rows(10)
    assert running.end().rejects == 0


def test_a_stop_ends_a_loader_that_waits_for_its_database(given, run, own_database, caplog, query):
    own_database.stop()
    running = run(changed(given, database_url=own_database.url))
    running.wait(lambda: "waiting for the database" in caplog.messages, "it said that it waits")
    assert running.end().rows == 0


def test_a_database_without_the_schema_ends_the_loader(given, template, empty_database):
    with pytest.raises(DatabaseRefused, match="stockpulse migrate"):
        load_all(changed(given, database_url=empty_database))


def test_a_broker_that_is_away_ends_the_loader(given, monkeypatch):
    monkeypatch.setattr(topics, "REACH_SECONDS", 0.5)
    with pytest.raises(BrokerAway, match=r"no Kafka broker answers at 127\.0\.0\.1:1"):
        load_all(changed(given, bootstrap_servers="127.0.0.1:1"))


def follow_the_remedy(error, query):
    """Runs the statement that the error ends with."""
    [statement] = re.findall(r"run (delete from .*)$", str(error))
    query(statement)


def test_offsets_beyond_the_end_of_the_topic_are_an_error_with_its_remedy(given, query):
    publish(given, numbers(10), partition=0)
    load_all(given)
    query('update ops.kafka_offsets set next_offset = 99 where "partition" = 0')
    with pytest.raises(OffsetsMismatch, match=r"offset 99 .* ends at 10: .* made anew") as refused:
        load_all(given)
    follow_the_remedy(refused.value, query)
    again = load_all(given)
    assert (again.rows, again.duplicates) == (0, 10)
    assert offsets(query)[0] == 10


@pytest.mark.kafka
def test_offsets_that_the_broker_has_dropped_are_an_error_with_its_remedy(given, query):
    publish(given, numbers(10), partition=0)
    load_all(given)
    publish(given, numbers(10, 30), partition=0)
    admin = AdminClient({"bootstrap.servers": given.bootstrap_servers})
    place = TopicPartition(given.topics[0], 0, 25)
    [deleted] = admin.delete_records([place]).values()
    deleted.result(SECONDS)
    with pytest.raises(OffsetsMismatch, match="15 messages were never loaded") as refused:
        load_all(given)
    follow_the_remedy(refused.value, query)
    assert load_all(given).rows == 5
    assert ids(query) == [*range(10), *range(25, 30)]


@pytest.mark.kafka
def test_a_topic_that_was_made_anew_is_an_error_with_its_remedy(given, query, broker):
    publish(given, numbers(10), partition=0)
    load_all(given)
    admin = AdminClient({"bootstrap.servers": given.bootstrap_servers})
    admin.delete_topics(list(given.topics))[given.topics[0]].result(SECONDS)
    support.wait_until(
        lambda: given.topics[0] not in admin.list_topics(timeout=5).topics, "the topic is gone"
    )
    broker.create_topics(list(given.topics), partitions=4)
    publish(given, numbers(100, 150), partition=0)
    with pytest.raises(OffsetsMismatch, match="made anew") as refused:
        load_all(given)
    follow_the_remedy(refused.value, query)
    assert load_all(given).rows == 50
    assert ids(query) == [*range(10), *range(100, 150)]


def test_the_offsets_of_another_cluster_are_an_error_with_its_remedy(given, query):
    publish(given, numbers(10))
    load_all(given)
    query("update ops.kafka_offsets set cluster_id = 'elsewhere'")
    with pytest.raises(OffsetsMismatch, match="belong to Kafka cluster elsewhere") as refused:
        load_all(given)
    follow_the_remedy(refused.value, query)
    assert load_all(given).duplicates == 10


@pytest.mark.kafka
def test_partitions_that_are_added_are_loaded_from_their_beginning(given, run, query):
    running = run(changed(given, kafka_conf={"topic.metadata.refresh.interval.ms": "200"}))
    publish(given, numbers(10))
    running.wait_for_rows(10)
    admin = AdminClient({"bootstrap.servers": given.bootstrap_servers})
    [made_more] = admin.create_partitions([NewPartitions(given.topics[0], 6)]).values()
    made_more.result(SECONDS)
    publish(given, numbers(10, 20), partition=5, **{"topic.metadata.refresh.interval.ms": 200})
    running.wait_for_rows(20)
    assert running.end().duplicates == 0
    assert ids(query) == list(range(20))
    assert sorted(offsets(query)) == [0, 1, 2, 3, 4, 5]
