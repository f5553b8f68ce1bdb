"""librdkafka's mock cluster: the Kafka protocol in memory. stack/broker/mock.py runs this module.

Prints its address as one line, then creates a topic for each line `NAME PARTITIONS` that it reads
and answers `ok`. It ends when its standard input does.
"""

import ctypes
import re
import sys
from pathlib import Path

BROKERS = 1
RD_KAFKA_PRODUCER = 0


def main() -> None:
    """Serves until the standard input ends."""
    library = _library()
    reason = ctypes.create_string_buffer(512)
    configuration = library.rd_kafka_conf_new()
    client = library.rd_kafka_new(RD_KAFKA_PRODUCER, configuration, reason, len(reason))
    if not client:
        sys.exit(reason.value.decode())
    cluster = library.rd_kafka_mock_cluster_new(client, BROKERS)
    print(library.rd_kafka_mock_cluster_bootstraps(cluster).decode(), flush=True)
    for line in sys.stdin:
        name, partitions = line.split()
        failed = library.rd_kafka_mock_topic_create(
            cluster, name.encode(), int(partitions), BROKERS
        )
        print(f"error {failed}" if failed else "ok", flush=True)


def _library() -> ctypes.CDLL:
    """Returns the librdkafka that confluent_kafka has loaded, its mock functions declared."""
    import confluent_kafka  # noqa: F401 - loads the library

    match = re.search(r"\S*/librdkafka\S*", Path("/proc/self/maps").read_text())
    if not match:
        sys.exit("confluent_kafka comes without a librdkafka of its own")
    library = ctypes.CDLL(match[0])
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    library.rd_kafka_conf_new.restype = pointer
    library.rd_kafka_new.restype = pointer
    library.rd_kafka_new.argtypes = [number, pointer, text, ctypes.c_size_t]
    library.rd_kafka_mock_cluster_new.restype = pointer
    library.rd_kafka_mock_cluster_new.argtypes = [pointer, number]
    library.rd_kafka_mock_cluster_bootstraps.restype = text
    library.rd_kafka_mock_cluster_bootstraps.argtypes = [pointer]
    library.rd_kafka_mock_topic_create.argtypes = [pointer, text, number, number]
    return library


if __name__ == "__main__":
    main()
