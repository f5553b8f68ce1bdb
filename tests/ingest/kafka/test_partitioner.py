"""The partition of a key: the values of Kafka's own tests, and what librdkafka chooses."""

import confluent_kafka
import pytest

from ingest.kafka.partitioner import murmur2, partition_of

# From Kafka's UtilsTest, as signed numbers of Java.
KNOWN = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize("key", KNOWN)
def test_the_hash_is_that_of_java(key):
    assert murmur2(key) == KNOWN[key] & 0xFFFFFFFF


def test_the_partition_is_that_of_librdkafka(broker, topic):
    chosen = {}
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": broker.bootstrap_servers, "partitioner": "murmur2_random"}
    )
    keys = ["AAPL", "KRAKEN:BTC/USD", "KRAKEN:ETH/USD", "é", "a" * 128, *map(str, range(50))]
    for key in keys:
        producer.produce(
            topic,
            b"x",
            key,
            on_delivery=lambda _, sent: chosen.update({sent.key(): sent.partition()}),
        )
    producer.flush(20)
    assert chosen == {key.encode(): partition_of(key.encode(), 4) for key in keys}
