"""Publishing lines: each one unchanged, under the symbol that it holds."""

import gzip
import io
import sys

import pytest

from db.errors import UsageError
from ingest.files import ndjson

LONGEST = ndjson.MAX_LINE_BYTES

NATIVE = b'{"v":1,"kind":"trade","source":"kraken","symbol":"KRAKEN:BTC/USD","price":"64012.1"}'


def read(data):
    failures = []
    made = list(ndjson.messages(io.BytesIO(data), failures))
    return made, failures


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
    made, failures = read(data)
    assert [message.value for message in made] == values
    assert failures == []


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""], ids=["newline", "windows", "end"])
@pytest.mark.parametrize("extra", [1, 2, LONGEST, 2 * LONGEST + 5])
def test_a_line_too_long_is_named_and_its_neighbours_are_sent(extra, ending):
    data = b"before\n" + b"x" * (LONGEST + extra) + ending + b"\nafter\n"
    made, failures = read(data)
    assert failures == [f"line 2 is longer than {LONGEST} bytes"]
    assert [message.value for message in made] == [b"before", b"after"]


def test_the_longest_line_is_a_message():
    made, failures = read(b"x" * LONGEST + b"\nafter\n")
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


@pytest.mark.parametrize("name, why", [("none", "No such file"), (".", "is a directory")])
def test_the_error_names_a_file_that_cannot_be_read(kafka_settings, topic, tmp_path, name, why):
    with pytest.raises(UsageError, match=f"{tmp_path / name}: {why}"):
        ndjson.publish(kafka_settings, str(tmp_path / name), topic=topic)


def of_file(file, data):
    """Returns the messages that publish() sends of a file, and its failures."""
    file.write_bytes(data)
    failures = []
    return [made.value for made in ndjson.of_file(str(file), failures)], failures


@pytest.mark.parametrize(
    "data, values",
    [
        pytest.param(b'\xef\xbb\xbf{"s":"A"}\n', [b'{"s":"A"}'], id="byte-order-mark"),
        pytest.param(b"{}\r{}\r", [b"{}", b"{}"], id="cr"),
        pytest.param(b"[{},{}]\n[{}]\n", [b"[{},{}]", b"[{}]"], id="lines-that-are-lists"),
        pytest.param(b"[{},{}]\r[{}]", [b"[{},{}]", b"[{}]"], id="lists-with-cr"),
        pytest.param(b"[{},{}]\n", [b"{}", b"{}"], id="a-list-in-one-line"),
        pytest.param(b"[]", [], id="an-empty-list"),
        pytest.param(
            b'[\n  {"p": 0.10,\r\n "q": 1e-8},\n  {"p": "\xc3\xa9]"}\n]\n',
            [b'{"p": 0.10,\r\n "q": 1e-8}', b'{"p": "\xc3\xa9]"}'],
            id="a-list-in-lines",
        ),
        pytest.param(
            b"[" + b",\n".join(b"%d" % number for number in range(200_000)) + b"]",
            [b"%d" % number for number in range(200_000)],
            id="a-long-list",
        ),
        pytest.param(
            b"[" + b",".join(b'{"n":"%0900d"}' % number for number in range(3000)) + b"]",
            [b'{"n":"%0900d"}' % number for number in range(3000)],
            id="a-list-in-one-long-line",
        ),
        pytest.param(b'"{\\"s\\":\\"A,B\\"}"\n', [b'"{\\"s\\":\\"A,B\\"}"'], id="json-in-text"),
    ],
)
def test_a_file_is_sniffed(tmp_path, data, values):
    assert of_file(tmp_path / "ticks", data) == (values, [])


@pytest.mark.parametrize(
    "data, values, failure",
    [
        (b"[{},\n{}", [b"{}", b"{}"], "behind item 2 of the list is '', no comma and no end"),
        (b"[{},\n{]", [b"{}"], "item 2 of the list is no JSON of at most 999000 bytes"),
        (b"[{}\n{}]", [b"{}"], "behind item 1 of the list is '{', no comma and no end"),
        (b"[{},\n{}] {}", [b"{}", b"{}"], "there is more behind the list, which is left out"),
        (b"[{},\n12", [b"{}", b"12"], "behind item 2 of the list is ''"),
        (b"[1,\n" + b'"' + b"x" * LONGEST + b'"]', [b"1"], "item 2 of the list is no JSON of at"),
    ],
    ids=["no-end", "no-json", "no-comma", "more", "cut-off", "too-long"],
)
def test_a_list_that_breaks_off_is_a_failure_behind_what_can_be_read(
    tmp_path, data, values, failure
):
    made, failures = of_file(tmp_path / "ticks", data)
    assert made == values
    assert len(failures) == 1
    assert failures[0].startswith(f"{tmp_path / 'ticks'}: {failure}")


@pytest.mark.parametrize(
    "data",
    [
        b"id,price,qty\n1,2,3\n",
        b"1,2,3\n",
        b'"id","price"\n',
        b"\r\nid;price\r\n",
        b"time\tbid\task\n",
    ],
)
def test_rows_of_cells_are_refused_before_anything_is_sent(tmp_path, data):
    with pytest.raises(UsageError, match="ticks: its first line is no JSON but looks like CSV"):
        of_file(tmp_path / "ticks", data)


def test_what_is_refused_reaches_no_topic(kafka_settings, broker, tmp_path):
    file = tmp_path / "ticks"
    file.write_text("id,price\n1,2\n", encoding="utf-16")
    with pytest.raises(UsageError, match="ticks: is UTF-16: save it as UTF-8"):
        ndjson.publish(kafka_settings, str(file), topic="never_made")


def test_what_is_before_a_broken_end_is_published_and_counted(
    kafka_settings, topic, read_topic, tmp_path
):
    # Stored, not compressed: what is left of the file is what is left of the lines.
    lines = b"".join(b'{"symbol":"AAPL","n":%d}\n' % number for number in range(100_000))
    (tmp_path / "a.ndjson").write_bytes(gzip.compress(lines, compresslevel=0)[:-100_000])
    published = ndjson.publish(kafka_settings, str(tmp_path / "a.ndjson"), topic=topic)
    records = read_topic(topic)
    assert published.count == len(records) > 90_000
    assert records[-1].value == b'{"symbol":"AAPL","n":%d}' % (published.count - 1)
    assert published.failures == (
        f"{tmp_path}/a.ndjson: not a whole gzip file (Compressed file ended before the"
        " end-of-stream marker was reached)",
    )
