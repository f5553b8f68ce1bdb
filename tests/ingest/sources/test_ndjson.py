"""Publishing lines: each one unchanged, under the symbol that it holds."""

import gzip
import io
import sys

import pytest

from db.errors import UsageError
from ingest.sources import ndjson

LONGEST = ndjson.MAX_LINE_BYTES

NATIVE = b'{"v":1,"kind":"trade","source":"kraken","symbol":"KRAKEN:BTC/USD","price":"64012.1"}'


def read(data):
    failures, done = [], []
    made = list(ndjson.messages(io.BytesIO(data), failures, done.append))
    return made, failures, done


@pytest.mark.parametrize(
    "value, key",
    [
        pytest.param(NATIVE, "KRAKEN:BTC/USD", id="native"),
        pytest.param(b'{"symbol":"AAPL","price":1,"volume":2}', "AAPL", id="legacy"),
        pytest.param(b'{"s":"AAPL","p":1,"t":2,"v":3,"c":null}', "AAPL", id="finnhub-trade"),
        pytest.param(
            b'{"type":"trade","data":[{"s":"TSLA","p":1},{"s":"AAPL","p":1}]}',
            "TSLA",
            id="finnhub-frame",
        ),
        pytest.param(
            b'{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","price":1}]}',
            "BTC/USD",
            id="kraken-frame",
        ),
        pytest.param(b'[{"T":"t","S":"IBM","s":100},{"S":"AAPL"}]', "IBM", id="alpaca-list"),
        pytest.param(b'{"e":"trade","s":"BTCUSDT","q":"1"}', "BTCUSDT", id="binance"),
        pytest.param(b'{"stream":"a","data":{"s":"BTCUSDT"}}', "BTCUSDT", id="binance-wrapped"),
        pytest.param(b'{"topic":"t","data":[{"S":"Buy","s":"ETHUSDT"}]}', "ETHUSDT", id="bybit"),
        pytest.param(b'{"topic":"t","data":{"symbol":"ETHUSDT"}}', "ETHUSDT", id="bybit-ticker"),
        pytest.param(
            b'{"channel":"c","events":[{"type":"u","trades":[{"product_id":"BTC-USD"}]}]}',
            "BTC-USD",
            id="coinbase",
        ),
        pytest.param(
            b'{"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"ts":"1"}]}',
            "BTC-USDT",
            id="okx",
        ),
        pytest.param(b'{"type":"ping"}', None, id="no-symbol"),
        pytest.param(b'{"channel":"trade","data":[]}', None, id="empty-frame"),
        pytest.param(b'{"symbol":""}', None, id="empty-symbol"),
        pytest.param(b'{"symbol":17}', None, id="symbol-of-another-type"),
        pytest.param(b'{"symbol":"' + b"A" * 257 + b'"}', None, id="symbol-too-long"),
        pytest.param(b"not json", None, id="not-json"),
        pytest.param(b'{"symbol":"AAPL"', None, id="cut-off"),
        pytest.param(b"\xff\xfe", None, id="not-utf8"),
        pytest.param(b'{"symbol":"\xff"}', None, id="symbol-not-utf8"),
        pytest.param(b"[" * 100_000, None, id="nested-too-deep"),
        pytest.param(b"[1,2]", None, id="array"),
        pytest.param(b"null", None, id="null"),
    ],
)
def test_the_key_is_the_symbol_if_there_is_one(value, key):
    assert ndjson.key(value) == key


@pytest.mark.parametrize(
    "data, values",
    [
        pytest.param(b"a\nb\n", [b"a", b"b"], id="lines"),
        pytest.param(b"a\nb", [b"a", b"b"], id="no-newline-at-the-end"),
        pytest.param(b"a\r\nb\r\n", [b"a", b"b"], id="windows"),
        pytest.param(b"\na\n\n \t\r\nb\n\n", [b"a", b"b"], id="empty-lines"),
        pytest.param(b'  {"symbol" : "A"}\t\n', [b'  {"symbol" : "A"}\t'], id="blanks"),
        pytest.param(b"\xff\x00\xfe\n", [b"\xff\x00\xfe"], id="any-bytes"),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_each_line_is_one_message_unchanged(data, values):
    made, failures, done = read(data)
    assert [message.value for message in made] == values
    assert failures == []
    assert sum(done) == len(data)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""], ids=["newline", "windows", "end"])
@pytest.mark.parametrize("extra", [1, 2, LONGEST, 2 * LONGEST + 5])
def test_a_line_too_long_is_named_and_its_neighbours_are_sent(extra, ending):
    data = b"before\n" + b"x" * (LONGEST + extra) + ending + b"\nafter\n"
    made, failures, done = read(data)
    assert sum(done) == len(data)
    assert failures == [f"line 2 is longer than {LONGEST} bytes"]
    assert [message.value for message in made] == [b"before", b"after"]


def test_the_longest_line_is_a_message():
    made, failures, _ = read(b"x" * LONGEST + b"\nafter\n")
    assert [len(message.value) for message in made] == [LONGEST, 5]
    assert failures == []


def test_a_file_reaches_the_topic_unchanged(kafka_settings, topic, read_topic, tmp_path):
    lines = [NATIVE, b"not json", b'{"symbol":"AAPL","price":0.10,"volume":1e-8}', NATIVE]
    file = tmp_path / "ticks.ndjson"
    file.write_bytes(b"\n".join(lines) + b"\n\n")
    published = ndjson.publish(kafka_settings, str(file), topic=topic)
    records = read_topic(topic)
    assert published.count == 4
    assert sorted(record.value for record in records) == sorted(lines)
    assert {record.value: record.key for record in records} == {
        NATIVE: b"KRAKEN:BTC/USD",
        b"not json": None,
        b'{"symbol":"AAPL","price":0.10,"volume":1e-8}': b"AAPL",
    }


def test_the_longest_line_reaches_the_topic(kafka_settings, topic, read_topic, tmp_path):
    head = b'{"symbol":"' + b"A" * ndjson.MAX_KEY_LENGTH + b'","x":"'
    line = head + b"x" * (LONGEST - len(head) - 2) + b'"}'
    file = tmp_path / "long.ndjson"
    file.write_bytes(line + b"\n" + line + b"x\n")
    published = ndjson.publish(kafka_settings, str(file), topic=topic)
    assert published.count == 1
    assert published.failures == (f"{file}: line 2 is longer than {LONGEST} bytes",)
    [record] = read_topic(topic)
    assert record.value == line
    assert len(record.key) == ndjson.MAX_KEY_LENGTH


def test_standard_input_is_read_to_its_end(kafka_settings, topic, read_topic, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\n")))
    assert ndjson.publish(kafka_settings, "-", topic=topic).count == 2
    assert sorted(record.value for record in read_topic(topic)) == [b"a", b"b"]


def test_a_compressed_file_is_decompressed(kafka_settings, topic, read_topic, tmp_path):
    file = tmp_path / "ticks.ndjson.gz"
    file.write_bytes(gzip.compress(b"a\nb\n"))
    assert ndjson.publish(kafka_settings, str(file), topic=topic).count == 2
    assert sorted(record.value for record in read_topic(topic)) == [b"a", b"b"]


@pytest.mark.parametrize(
    "content", [gzip.compress(b"a\n" * 999)[:-9], b"a\nb\n"], ids=["cut-off", "not-gzip"]
)
def test_the_error_names_a_broken_compressed_file(kafka_settings, topic, tmp_path, content):
    file = tmp_path / "ticks.ndjson.gz"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=r"ticks\.ndjson\.gz: not a whole gzip file"):
        ndjson.publish(kafka_settings, str(file), topic=topic)


@pytest.mark.parametrize("name, why", [("none", "No such file"), (".", "Is a directory")])
def test_the_error_names_a_file_that_cannot_be_read(kafka_settings, topic, tmp_path, name, why):
    with pytest.raises(UsageError, match=f"{tmp_path / name}: {why}"):
        ndjson.publish(kafka_settings, str(tmp_path / name), topic=topic)


def test_the_size_is_known_only_for_plain_files(tmp_path):
    plain, packed = tmp_path / "a", tmp_path / "a.gz"
    plain.write_bytes(b"12345\n")
    packed.write_bytes(gzip.compress(b"12345\n"))
    sizes = [ndjson.size(str(file)) for file in (plain, packed, tmp_path / "none", "-")]
    assert sizes == [6, None, None, None]
