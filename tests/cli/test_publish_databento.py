"""`stockpulse publish databento`, from DBN files to Kafka."""

import json

from tests.ingest.files.dbn import START, UNDEFINED_PRICE, metadata, packed, record

TRADES = metadata() + record(START) + record(START + 1) + record(START + 2, UNDEFINED_PRICE)


def test_files_are_published_and_what_has_no_price_is_told(
    run, environ, read_topic, topic, tmp_path
):
    plain, small = tmp_path / "a.dbn", tmp_path / "b.dbn.zst"
    plain.write_bytes(TRADES)
    small.write_bytes(packed(metadata() + record(START + 3)))
    ended = run(environ, "publish", "databento", str(plain), str(small), "--topic", topic)
    assert (ended.code, ended.out) == (0, "3 events published\n")
    assert f"{plain}: 1 records have no price and were left out" in ended.err
    found = read_topic(topic)
    assert {one.key for one in found} == {b"ESH1"}
    assert [json.loads(one.value)["event_time"][-11:] for one in found] == [
        ".000000000Z", ".000000001Z", ".000000003Z",
    ]  # fmt: skip


def test_nothing_is_published_if_a_file_is_not_whole(run, environ, read_topic, topic, tmp_path):
    whole, cut = tmp_path / "a.dbn", tmp_path / "b.dbn.zst"
    whole.write_bytes(TRADES)
    cut.write_bytes(packed(TRADES)[:-40])
    ended = run(environ, "publish", "databento", str(whole), str(cut), "--topic", topic)
    assert (ended.code, ended.error) == (
        1, f"stockpulse: {cut}: is not whole: it ends within a frame",
    )  # fmt: skip
    assert read_topic(topic) == []


def test_what_is_before_a_record_that_cannot_be_read_is_published(
    run, environ, read_topic, topic, tmp_path
):
    file = tmp_path / "a.dbn"
    file.write_bytes(TRADES + record(START + 5, instrument=9) + record(START + 6))
    ended = run(environ, "publish", "databento", str(file), "--topic", topic)
    assert (ended.code, ended.out) == (1, "2 events published\n")
    assert ended.error == (
        f"stockpulse: {file}: record 4: instrument 9 has no symbol in the file: if it is the only"
        " one, name it with --symbol"
    )
    assert len(read_topic(topic)) == 2
