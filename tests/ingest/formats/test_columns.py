"""Packed columns give back what was packed."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.columns import pack
from ingest.formats.copy_format import columns_of
from ingest.formats.times import time_text
from tests.ingest import made


@given(st.lists(made.ticks, min_size=1, max_size=5), st.data())
def test_selected_columns_are_those_of_the_ticks_that_are_left(ticks, data):
    columns = packed(ticks)
    assert columns.times == [time_text(tick.us) for tick in ticks]
    assert columns.symbols == [tick.symbol for tick in ticks]
    keep = data.draw(st.lists(st.booleans(), min_size=len(ticks), max_size=len(ticks)))
    left = [index for index, kept in enumerate(keep) if kept]
    selected = columns.selected(keep)
    if not left:
        assert selected is None
        return
    expected = packed([ticks[index] for index in left], left)
    assert (list(selected.owners), selected.text) == (left, expected.text)
    assert (selected.times, selected.symbols) == (expected.times, expected.symbols)
    assert (selected.oldest, selected.newest) == (expected.oldest, expected.newest)
    assert selected.distinct_symbols == expected.distinct_symbols


@given(st.lists(made.ticks, min_size=1, max_size=5), made.instants)
def test_ticks_older_than_a_time_are_counted(ticks, us):
    assert packed(ticks).count_before(time_text(us)) == sum(tick.us < us for tick in ticks)


def packed(ticks, indexes=None):
    """Returns ticks as one message each, at offsets that are their indexes."""
    indexes = range(len(ticks)) if indexes is None else indexes
    return pack(columns_of(ticks, indexes), indexes, [tick.symbol for tick in ticks])
