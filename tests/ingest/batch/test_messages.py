"""Messages are found by their index after they were packed."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.batch.messages import Messages, Record, Slice
from tests.ingest import made

contents = st.lists(
    st.tuples(st.none() | st.binary(max_size=5), st.none() | st.binary()), min_size=1
)
headers = st.none() | st.text(max_size=5)


@given(st.lists(st.tuples(st.booleans(), contents, headers), max_size=5))
def test_every_index_has_its_message(runs):
    messages, expected = Messages(), []
    for has_sources, run, source in runs:
        source = source if has_sources else None
        first = len(expected)
        offsets = list(range(first, first + len(run)))
        keys, values = [key for key, _ in run], [value for _, value in run]
        sources = [source] * len(run) if has_sources else None
        messages.add(Slice("t", 3, offsets, keys, values), sources)
        expected += [Record("t", 3, first + n, *one, source) for n, one in enumerate(run)]
    assert len(messages) == len(expected)
    assert [messages[index] for index in range(len(messages))] == expected
    again = [
        (first + n, record)
        for first, one in messages.slices()
        for n, record in enumerate(one.records())
    ]
    assert again == list(enumerate(expected))


def test_a_message_of_a_batch_is_what_it_was():
    batch = made.batch([made.Message(made.trade(n), n + 7, key=b"k") for n in range(600)])
    assert batch.messages[599] == Record("t", 0, 606, b"k", made.trade(599), None)


def test_the_size_is_bytes():
    messages = Messages()
    messages.add(Slice("t", 0, [1], [None], [b"x" * 100]))
    assert 100 <= messages.size < 125
    messages.add(Slice("t", 0, [2], [b"k"], [None]))
    assert 110 <= messages.size < 140
