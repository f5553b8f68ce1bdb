"""Messages that the broker refuses: a dead letter is lost with a line, an event ends the feeds."""

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ingest.kafka.client import BrokerRefused
from tests import support
from tests.ingest.feed.conftest import events, wait_for_subscriptions
from tests.support import wait_until

pytestmark = pytest.mark.kafka


def small(broker, name, limit):
    """Creates a topic that takes no messages above a size."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    limits = {"max.message.bytes": str(limit)}
    made = admin.create_topics([NewTopic(name, num_partitions=4, config=limits)])
    made[name].result(20)


def test_a_dead_letter_that_is_too_large_ends_nothing(
    kafka, venue, feeding, published, topic, caplog
):
    small(kafka, f"{topic}.dead", 1000)
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url) as running:
        wait_for_subscriptions(venue)
        venue.send_raw("{" + "".join(map(chr, range(0x4E00, 0x4E00 + 5000))))
        wait_until(lambda: "dead letter lost" in caplog.text, "the line about it")
        venue.trade("BTC/USD")
        wait_until(lambda: events(published()), "the trade behind it")
        assert running.end().delivered == len(published())


@pytest.fixture
def topic(kafka):
    return support.unique("topic")


def test_an_event_that_the_broker_refuses_ends_the_feeds_in_one_line(kafka, venue, feeding, topic):
    small(kafka, topic, 100)
    with (
        pytest.raises(BrokerRefused, match="the broker refuses a message: "),
        feeding("kraken", symbols=("BTC/USD",), url=venue.url) as running,
    ):
        wait_until(lambda: running.error is not None, "the error")
