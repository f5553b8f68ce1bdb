"""Packed columns give back what was packed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.columns import pack
from ingest.formats.copy_format import TABLES, columns_of
from ingest.formats.events import kind_of
from ingest.formats.times import time_text
from tests.ingest import made

of_one_kind = st.lists(made.trades, min_size=1, max_size=5) | st.lists(
    made.quotes, min_size=1, max_size=5
)


@settings(deadline=None)
@given(of_one_kind, st.data())
def test_selected_columns_are_those_of_the_events_that_are_left(events, data):
    columns = packed(events)
    assert columns.times == [time_text(event.us) for event in events]
    assert columns.symbols == [event.symbol for event in events]
    keep = data.draw(st.lists(st.booleans(), min_size=len(events), max_size=len(events)))
    left = [index for index, kept in enumerate(keep) if kept]
    selected = columns.selected(keep)
    if not left:
        assert selected is None
        return
    expected = packed([events[index] for index in left], left)
    assert (list(selected.owners), selected.text) == (left, expected.text)
    assert (selected.times, selected.symbols) == (expected.times, expected.symbols)
    assert (selected.oldest, selected.newest) == (expected.oldest, expected.newest)
    assert selected.distinct_symbols == expected.distinct_symbols
    assert selected.distinct_sources >= expected.distinct_sources
    assert selected.kind == expected.kind


@settings(deadline=None)
@given(of_one_kind, made.instants)
def test_events_older_than_a_time_are_counted(events, us):
    assert packed(events).count_before(time_text(us)) == sum(event.us < us for event in events)


@settings(deadline=None)
@given(of_one_kind)
def test_rows_can_carry_the_index_of_their_message(events):
    columns = packed(events, [7 + index for index in range(len(events))])
    lines = columns.text.decode().split("\n")[:-1]
    assert columns.text_with_messages.decode().split("\n")[:-1] == [
        f"{line}\t{7 + index}" for index, line in enumerate(lines)
    ]


def packed(events, indexes=None):
    """Returns events as one message each."""
    table = TABLES[kind_of(events[0])]
    return pack(
        table,
        columns_of(table, events, made.CATALOG, made.BATCH),
        list(range(len(events)) if indexes is None else indexes),
        [event.symbol for event in events],
        frozenset(event.source for event in events),
    )
