"""Trades straight from Kafka's messages: numbers as written, amended as the database does it."""

import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from db.errors import UsageError
from scale import kafka as job
from scale import messages
from scale.session import JobFailed, translated
from scale.settings import SparkSettings
from tests import support
from tests.scale.conftest import WITH_SESSION
from tests.scale.test_exactness import as_view

pytestmark = [pytest.mark.scale, *WITH_SESSION]

MESSAGES = pa.schema({"partition": pa.int32(), "offset": pa.int64(), "value": pa.string()})
AT = "2026-03-04T12:00:00.123456789Z"


def message(tick_id: str | None, price: Any = "1", *flags: str, **others: Any) -> str:
    fields = {"v": 1, "kind": "trade", "source": "sim", "symbol": "X", "event_time": AT}
    given = {"price": price, "size": "1", "dedupe_id": tick_id, "flags": flags, **others}
    return json.dumps({**fields, **{key: one for key, one in given.items() if one is not None}})


def read(spark: Any, values: list[str], sources: dict[str, tuple[str, str]] | None = None) -> Any:
    """Returns the trades that Spark makes of the messages of a partition, in their order."""
    rows = [(0, offset, value) for offset, value in enumerate(values)]
    as_view(spark, "messages", rows, MESSAGES)
    with translated():
        messages.decode(spark)
        job.resolve(spark, sources or {})
        return spark.sql("select * from trades order by ts, ns, seq, tick_id").collect()


def prices(trades: list[Any]) -> list[Decimal]:
    return [trade.price.normalize() for trade in trades]


def test_numbers_of_json_are_read_with_all_digits(spark):
    value = message("a").replace('"price": "1"', '"price": 12345678901.123456789012345678')
    value = value.replace('"size": "1"', '"size":1.5E-9')
    (trade,) = read(spark, [value])
    assert trade.price == Decimal("12345678901.123456789012345678")
    assert trade.size == Decimal("1.5E-9")
    assert trade.ns == 789


@pytest.mark.parametrize("price", ["0.1234567890123456789", 1e-19, "1E-19"])
def test_a_number_with_more_decimals_than_fit_is_an_error(spark, price):
    with pytest.raises(JobFailed, match="a number has more than 18 decimals: "):
        read(spark, [message("a", price)])


def test_a_message_of_another_format_is_named(spark):
    with pytest.raises(JobFailed, match=r"not a native message .* partition 0, offset 1: {\"symb"):
        read(spark, [message("a"), '{"symbol":"AAPL","price":1}'])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([message("1"), message("1", "9")], ["1"]),
        ([message(None), message(None)], ["1", "1"]),
        ([message("1"), message("1", "2", "correction"), message("1", "3", "correction")], ["3"]),
        ([message("1", "2", "correction"), message("1")], ["2"]),
        ([message("1"), message("1", None, "cancel"), message("1")], []),
        ([message("1", None, "cancel"), message("1", "2", "correction"), message("1")], []),
        ([message("1"), message("7", "2", "correction", amends=["1"])], ["2"]),
        (
            [
                message("1"),
                message("8", "3", "correction", amends=["7"]),
                message("7", "2", "correction", amends=["1"]),
            ],
            ["3"],
        ),
        ([message("1"), message("7", "2", "correction", amends=["1"]), message("7", "2")], ["2"]),
        (
            [
                message("1"),
                message("7", "2", "correction", amends=["1"]),
                message("7", None, "cancel"),
            ],
            [],
        ),
        (
            [
                message("1"),
                message("7", "3", "correction"),
                message("7", "2", "correction", amends=["1"]),
            ],
            ["3"],
        ),
        (
            [
                message("1"),
                message("7", "2", "correction", amends=["1"]),
                message("1", "3", "correction"),
            ],
            ["3"],
        ),
        ([message("7", "2", "correction", amends=["1"])], []),
        ([message("1"), json.dumps({"v": 1, "kind": "batch_end", "batch": "b"})], ["1"]),
    ],
    ids=[
        "twice", "without id", "last wins", "before its trade", "final", "final before",
        "new id", "chain in disorder", "corrected one comes too", "cancel of the new id",
        "waits for its id", "an earlier id",
        "without its trade", "others are left out",
    ],
)  # fmt: skip
def test_amendments_are_applied_whatever_their_order(spark, values, expected):
    assert prices(read(spark, values)) == [Decimal(one) for one in expected]


def test_a_corrected_trade_keeps_its_place_in_the_order(spark):
    values = [
        message("5", "1"),
        message("6", "2"),
        message("9", "3", "correction", amends=["5"], seq=99),
    ]
    trades = read(spark, values)
    assert [(trade.seq, trade.tick_id) for trade in trades] == [(5, "9"), (6, "6")]
    assert prices(trades) == [3, 2]


def test_without_a_sequence_the_offset_orders(spark):
    trades = read(spark, [message("zz", "1"), message("b", "2"), message("a", "3")])
    assert prices(trades) == [1, 2, 3]


def test_an_amendment_that_may_mean_several_trades_is_named(spark):
    later = message("1", "2").replace("12:00:00", "12:00:01")
    with pytest.raises(JobFailed, match="may mean several trades of X sim: id 1"):
        read(spark, [message("1"), later, message("1", "3", "correction")])


def test_sources_with_rules_are_refused(spark):
    with pytest.raises(UsageError, match="the trades of sim have rules"):
        read(spark, [message("1")], {"sim": ("none", "alpaca")})


@pytest.mark.parametrize("text", ["", "0", "0:x", "0:1,0:2", "0:-1"])
def test_other_texts_are_no_offsets(text):
    with pytest.raises(UsageError, match="are no offsets"):
        messages.parse_offsets(text)


def test_offsets_that_kafka_no_longer_has_are_an_error(spark, kafka):
    """Spark would skip them, and call it a success."""
    topic = support.unique("expired")
    kafka.create_topics([topic], partitions=1)
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers})
    for number in range(25):
        producer.produce(topic, message(str(number)))
    producer.flush(30)
    settings = SparkSettings(bootstrap_servers=kafka.bootstrap_servers)
    messages.read(spark, settings, topic, {0: 0}, {0: 25})
    assert spark.table("messages").count() == 25
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    (done,) = admin.delete_records([TopicPartition(topic, 0, 15)]).values()
    assert done.result().low_watermark == 15
    messages.read(spark, settings, topic, {0: 0}, {0: 25})
    with pytest.raises(JobFailed), translated():
        spark.table("messages").count()
