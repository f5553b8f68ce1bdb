"""Records as other producers write them: every codec, a megabyte, any timestamp."""

import confluent_kafka
import pytest

from tests.ingest.loader.loaders import ids, load_all, publish, tick

SECONDS_OF_2026 = 1_795_600_000  # in place of milliseconds: a day of January 1970


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_every_codec_is_read(given, query, codec):
    publish(given, [tick(number) for number in range(5)], **{"compression.type": codec})
    assert load_all(given).complete
    assert ids(query) == list(range(5))


def test_a_message_of_a_megabyte_is_stored(given, query):
    publish(given, [tick(1, note="x" * 1_000_000)], **{"message.max.bytes": 1_048_000})
    assert load_all(given).complete
    assert ids(query) == [1]


@pytest.mark.parametrize("timestamp", [SECONDS_OF_2026, 1], ids=["in seconds", "of 1970"])
def test_a_record_whose_time_cannot_be_right_is_stored(given, query, run, timestamp):
    producer = confluent_kafka.Producer({"bootstrap.servers": given.bootstrap_servers})
    producer.produce(given.topics[0], tick(1), timestamp=timestamp)
    assert producer.flush(20) == 0
    loading = run(given)
    loading.wait(lambda: ids(query) == [1], "it was stored")
    loading.end()
