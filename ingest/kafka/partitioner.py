"""The partition of a key, as Java's producers choose it, and librdkafka's murmur2_random.

https://github.com/apache/kafka, Utils.murmur2(), Apache License 2.0: the numbers are its own.
"""

SEED = 0x9747B28C
MULTIPLIER = 0x5BD1E995
SHIFT = 24
WORD = 0xFFFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """Returns the partition of a key in a topic with so many partitions."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Returns the hash as an unsigned number of 32 bits."""
    digest = SEED ^ len(data)
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * MULTIPLIER & WORD
        word = (word ^ word >> SHIFT) * MULTIPLIER & WORD
        digest = digest * MULTIPLIER & WORD ^ word
    if rest := data[whole:]:
        digest = (digest ^ int.from_bytes(rest, "little")) * MULTIPLIER & WORD
    digest = (digest ^ digest >> 13) * MULTIPLIER & WORD
    return digest ^ digest >> 15
