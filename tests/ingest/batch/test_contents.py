"""Contents selected by message: ticks and amendments go and stay together."""

import pytest

from ingest.formats.amendments import Cancel
from tests.ingest import made
from tests.ingest.amended import cancel

EVERY_SECOND = "2026-02-27T12:00:0{}.000000Z"


def contents():
    """Returns a tick per second from 12:00:00 of two symbols, a cancel, and two ticks in one."""
    frame = b'{"type":"trade","data":[%b,%b]}' % tuple(
        b'{"s":"TSLA","p":1,"t":%d}' % (1_772_193_604_000 + n * 1000) for n in range(2)
    )
    values = [made.trade(0), made.trade(1, symbol="B\\"), made.trade(2), cancel(3), frame]
    return made.batch(values).contents


def shown(found):
    """Returns the second and the symbol of each tick, and the indexes of amendments."""
    pairs = [
        (time[18:19], symbol)
        for part in found.parts
        for time, symbol in zip(part.times, part.symbols, strict=True)
    ]
    return pairs, list(found.amendments)


ALL = [("0", "AAPL"), ("1", "B\\"), ("2", "AAPL"), ("4", "TSLA"), ("5", "TSLA")]


@pytest.mark.parametrize(
    "indexes, left",
    [
        ({0, 1, 2, 3, 4}, (ALL, [3])),
        ({1}, (ALL[1:2], [])),
        ({3}, ([], [3])),
        ({4}, (ALL[3:], [])),
        (range(1, 4), (ALL[1:3], [3])),
        (set(), ([], [])),
    ],
)
def test_contents_are_selected_by_the_indexes_of_their_messages(indexes, left):
    made_contents = contents()
    assert shown(made_contents.only(indexes)) == left
    others = {0, 1, 2, 3, 4}.difference(indexes)
    assert shown(made_contents.without(others)) == left
    assert shown(made_contents) == (ALL, [3])


def test_rows_go_with_their_ticks():
    rows = contents().text.decode().splitlines()
    assert contents().only({1, 4}).text.decode().splitlines() == [rows[1], *rows[3:]]


def test_a_time_before_the_floor_is_found_in_ticks_and_amendments():
    floor = EVERY_SECOND.format(2)
    assert contents().outside(floor) == {0: EVERY_SECOND.format(0), 1: EVERY_SECOND.format(1)}
    assert set(contents().outside(EVERY_SECOND.format(5))) == {0, 1, 2, 3, 4}
    assert contents().outside(EVERY_SECOND.format(0)) == {}


def test_the_earliest_time_is_that_of_a_tick_or_an_amendment():
    assert contents().earliest == EVERY_SECOND.format(0)
    assert contents().without({0, 1, 2}).earliest == EVERY_SECOND.format(3)
    assert contents().only({4}).earliest == EVERY_SECOND.format(4)


def test_a_time_after_the_ceiling_is_found_in_ticks_and_amendments():
    found = contents().outside(EVERY_SECOND.format(0), EVERY_SECOND.format(3))
    assert found == {4: EVERY_SECOND.format(5)}
    assert set(contents().outside(EVERY_SECOND.format(0), EVERY_SECOND.format(2))) == {3, 4}


@pytest.mark.parametrize("second, older", [(0, 0), (1, 1), (3, 3), (5, 4), (6, 5)])
def test_older_ticks_are_counted(second, older):
    assert contents().count_before(EVERY_SECOND.format(second)) == older


def test_symbols_of_cancelled_ticks_are_not_among_those_that_are_stored():
    assert contents().symbols == {"AAPL", "B\\", "TSLA"}
    assert made.batch([cancel(0, symbol="X")]).contents.symbols == set()
    assert isinstance(made.batch([cancel(0)]).contents.amendments[0], Cancel)


def test_the_span_of_times_is_that_of_ticks():
    assert (contents().oldest, contents().newest) == (
        EVERY_SECOND.format(0),
        EVERY_SECOND.format(5),
    )
    assert made.batch([]).contents.oldest is None


def test_minutes_come_with_the_symbols_that_have_ticks_in_them():
    assert set(contents().minutes()) == {
        ("AAPL", "2026-02-27T12:00"),
        ("B\\", "2026-02-27T12:00"),
        ("TSLA", "2026-02-27T12:00"),
    }
