"""Envelopes around a message are opened, or named in the reject."""

import msgspec
import pytest

from tests.ingest import made
from tests.ingest.formats.rejected import assert_rejected

TICK = {"symbol": "A", "price": 10.25, "volume": 3, "timestamp": 1_772_193_900}
RECORD = {"before": None, "after": TICK, "op": "c", "ts_ms": 1}
EVENT = {"specversion": "1.0", "type": "tick", "source": "/x", "id": "1"}
NATIVE = msgspec.json.decode(made.trade(5))
EXPECTED = made.decoded(msgspec.json.encode(TICK))


def text(value):
    return msgspec.json.encode(value).decode()


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"schema": {"type": "struct"}, "payload": TICK}, id="connect"),
        pytest.param({"schema": None, "payload": TICK}, id="connect-without-schema"),
        pytest.param(RECORD, id="debezium"),
        pytest.param(RECORD | {"op": "r"}, id="debezium-snapshot"),
        pytest.param({"schema": {}, "payload": RECORD}, id="debezium-in-connect"),
        pytest.param(EVENT | {"data": TICK}, id="cloud-event"),
        pytest.param(EVENT | {"data": [TICK]}, id="cloud-event-of-a-list"),
        pytest.param(text(TICK), id="text"),
        pytest.param([TICK], id="list"),
        pytest.param([EVENT | {"data": TICK}], id="cloud-events-in-a-list"),
        pytest.param([EVENT | {"data": [TICK]}], id="list-in-a-cloud-event-in-a-list"),
        pytest.param([{"schema": {}, "payload": RECORD}], id="debezium-in-connect-in-a-list"),
        pytest.param([text(TICK)], id="text-in-a-list"),
    ],
)
def test_the_message_within_is_read(message):
    assert made.decoded(msgspec.json.encode(message)) == EXPECTED


@pytest.mark.parametrize(
    "message, reason, detail",
    [
        (RECORD | {"op": "u"}, "record of Debezium", "op is 'u'"),
        (RECORD | {"op": "d", "after": None}, "record of Debezium", "op is 'd'"),
        (RECORD | {"after": None}, "record of Debezium", "op is 'c'"),
        (EVENT | {"data_base64": "e30="}, "CloudEvent without data", "no data"),
        ([TICK, EVENT], "CloudEvent without data", "item 2 of 2: the CloudEvent has no data"),
        ([RECORD | {"op": "u"}], "record of Debezium", "item 1 of 1: op is 'u'"),
        ([EVENT | {"data": [TICK, 5]}], "unknown format", "item 1 of 1: item 2 of 2: it is 5"),
        ([TICK, "hello"], "unknown format", "item 2 of 2: the message is the text 'hello'"),
        ("hello", "unknown format", "the text 'hello'"),
        ("{", "not JSON", ""),
        (text(text(text(text(TICK)))), "unknown format", ""),
        ({"schema": {}, "payload": None}, "unknown format", "None"),
        ({"schema": {}, "payload": {"x": 1}}, "unknown format", "the keys ['x']"),
    ],
)
def test_an_envelope_that_cannot_be_opened_is_named(message, reason, detail):
    assert_rejected(message, reason, detail)


@pytest.mark.parametrize("further", [RECORD, EVENT | {"source": "sim"}])
def test_a_native_message_is_no_envelope_whatever_further_keys_it_has(further):
    message = msgspec.json.encode(further | NATIVE)
    assert made.decoded(message) == made.decoded(made.trade(5))
