"""Messages packed and asked for again are the same ones."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.batch.messages import Messages, Record
from tests.ingest import made

contents = st.lists(st.tuples(st.none() | st.binary(max_size=5), st.none() | st.binary()))


def fields(message):
    return (
        message.topic(),
        message.partition(),
        message.offset(),
        message.key(),
        message.value(),
        message.headers(),
    )


@given(st.lists(st.tuples(st.booleans(), contents), max_size=5))
def test_every_place_has_its_message_packed_or_not(runs):
    messages, expected = Messages(), []
    for packed, run in runs:
        first = len(expected)
        records = [Record(("t", 3), first + n, *one) for n, one in enumerate(run)]
        if packed:
            messages.pack(("t", 3), [record.offset() for record in records], records)
        else:
            messages.add(records)
        expected += map(fields, records)
    assert len(messages) == len(expected)
    assert [fields(messages[place]) for place in range(len(messages))] == expected
    assert list(map(fields, messages)) == expected


def test_a_plain_message_in_a_batch_is_what_it_was():
    batch = made.batch([made.Message(made.trade(n), n + 7, key=b"k") for n in range(600)])
    assert fields(batch.messages[599]) == ("t", 0, 606, b"k", made.trade(599), None)


def test_the_size_is_bytes():
    messages = Messages([made.Message(b"12345"), made.Message(None)])
    assert messages.size == 5
    messages.pack(("t", 0), [1], [made.Message(b"x" * 100)])
    assert 105 <= messages.size < 125
