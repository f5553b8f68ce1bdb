"""Publishers of bars are killed: every bar arrives, and a revision always has the same bytes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import psycopg
import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition

from ingest.kafka import topics
from stack.broker import Broker
from tests import support
from tests.db import support as candle_support
from tests.faults.ledger import Flow, Ledger, wait_for_more
from tests.faults.loaders import Loader, Loaders
from tests.ingest.bars.queue import HOUR, candles, minute, recent, store_recent, values_of

PUBLISH = ("publish", "bars", "--since", HOUR.isoformat(), "--grace-seconds", "0")
NOTHING_LEFT = """
select not exists (select from ops.bar_changes)
    and not exists (select from ops.published_bars where place is not null)
"""
SESSIONS = """
select count(*) from pg_stat_activity
where application_name = 'stockpulse bars' and datname = current_database()
"""
AT_WORK, STANDS_BY = "publishing bars", "standing by"


@pytest.fixture
def symbol() -> str:
    """A symbol of this test's own: all tests share the topic."""
    return support.unique("BARS")


@pytest.fixture
def conn(fresh_database: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute("set time zone 'UTC'")
        yield connection


Offsets = dict[int, int]


def reading(broker: Broker) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": broker.bootstrap_servers,
            "group.id": "none",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 10,
        }
    )


def end_of(broker: Broker) -> Offsets:
    """Returns the present ends of the topic's partitions."""
    consumer = reading(broker)
    found = {
        number: consumer.get_watermark_offsets(TopicPartition(topics.BARS, number), timeout=5)[1]
        for number in consumer.list_topics(topics.BARS, timeout=5).topics[topics.BARS].partitions
    }
    consumer.close()
    return found


def sent(broker: Broker, symbol: str | None = None, since: Offsets | None = None) -> list[bytes]:
    """Returns the messages of a symbol, or all, in their order, by default from the beginning."""
    consumer = reading(broker)
    starts = since or dict.fromkeys(end_of(broker), 0)
    consumer.assign([TopicPartition(topics.BARS, *start) for start in starts.items()])
    unread, found = set(starts), []
    while unread:
        for message in consumer.consume(10_000, timeout=0.1):
            error = message.error()
            if error is not None and error.code() == KafkaError._PARTITION_EOF:
                unread.discard(message.partition())
            elif error is None and symbol in (None, message.key().decode()):
                found.append(message.value())
    consumer.close()
    return found


def revisions(messages: list[bytes]) -> dict[tuple[str, str, int], set[bytes]]:
    """Returns the different messages of each bar (start, symbol) and revision."""
    found: dict[tuple[str, str, int], set[bytes]] = {}
    for message in messages:
        bar = msgspec.json.decode(message)
        found.setdefault((bar["bar_start"], bar["symbol"], bar["revision"]), set()).add(message)
    return found


def publisher(loaders: Loaders, said: str = AT_WORK) -> Loader:
    started = loaders.run(*PUBLISH)
    started.wait_for_output(said)
    return started


def test_a_publisher_killed_before_it_marked_what_it_sent_repeats_the_same_bytes(
    broker: Broker,
    loaders: Loaders,
    fresh_database: str,
    conn: psycopg.Connection[tuple[object, ...]],
    symbol: str,
) -> None:
    first = publisher(loaders)
    first.kill()
    store_recent(fresh_database, [recent(60 * n, symbol=symbol) for n in range(3)])
    conn.execute("select ops.queue_bars('0 s')")
    with psycopg.connect(fresh_database) as blocking:
        blocking.execute("lock table ops.published_bars in exclusive mode")  # may be read
        second = publisher(loaders)
        support.wait_until(lambda: len(sent(broker, symbol)) == 3, "the bars are sent")
        second.kill()
        support.wait_until(
            lambda: conn.execute(SESSIONS).fetchone() == (0,), "the publisher's session has ended"
        )
    store_recent(fresh_database, [recent(1, symbol=symbol)], first=3)
    publisher(loaders).wait_for_output("bars published bars=1")
    found = sent(broker, symbol)
    assert len(found) == 7  # each of the three twice, and the late trade's revision
    assert found[:3] == found[3:6]
    assert all(len(same) == 1 for same in revisions(found).values())
    assert sorted(revisions(found))[:2] == [
        (minute(0), symbol, 1),
        (minute(0), symbol, 2),
    ]


@pytest.mark.long
def test_publishers_killed_again_and_again_publish_every_change(
    broker: Broker,
    ledger: Ledger,
    loaders: Loaders,
    fresh_database: str,
    conn: psycopg.Connection[tuple[object, ...]],
    full: bool,
) -> None:
    def is_done() -> bool:
        return conn.execute(NOTHING_LEFT).fetchone() == (True,)

    since = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    words = ("publish", "bars", "--since", since)
    loaders.start().wait_until_assigned()
    working = loaders.run(*words)
    working.wait_for_output(AT_WORK)
    start = end_of(broker)
    with Flow(ledger, at_least=5_000, per_second=1_000):
        for _ in range(30 if full else 4):
            working.wait_for_output("bars published")
            candle_support.refresh(conn)
            working.kill()
            wait_for_more(fresh_database)
            working = loaders.run(*words)
    ledger.wait(fresh_database)
    support.wait_until(is_done, "all bars are sent", 60.0)
    found = revisions(sent(broker, since=start))
    assert [bar for bar, same in found.items() if len(same) > 1] == []
    newest = {
        bar[:2]: values_of(message) for bar, same in sorted(found.items()) for message in same
    }
    candle_support.refresh(conn)
    assert sorted(newest.values()) == candles(lambda text: conn.execute(text).fetchall())
    assert max(revision for *_, revision in found) > 1


def test_a_second_publisher_stands_by_and_goes_on_when_the_first_is_killed(
    broker: Broker, loaders: Loaders, fresh_database: str, symbol: str
) -> None:
    first = publisher(loaders)
    second = publisher(loaders, STANDS_BY)
    store_recent(fresh_database, [recent(0, symbol=symbol)])
    first.wait_for_output("bars published bars=1")
    assert AT_WORK not in second.output
    first.kill()
    second.wait_for_output(AT_WORK)
    store_recent(fresh_database, [recent(60, symbol=symbol)], first=1)
    second.wait_for_output("bars published bars=1")
    starts = [msgspec.json.decode(bar)["bar_start"] for bar in sent(broker, symbol)]
    assert starts == [minute(0), minute(1)]
    assert second.terminate()[0] == 0
    assert second.output.splitlines()[-1] == "1 bars published"
