"""Contents selected by message: events and amendments go and stay together."""

import pytest

from ingest.formats.amendments import Cancel
from tests.ingest import made
from tests.ingest.amended import cancel

EVERY_SECOND = "2026-02-27T12:00:0{}.000000Z"


def both(floor):
    """Returns the floors of both kinds."""
    return {"trade": floor, "quote": floor}


def trades_of(*seconds):
    """Returns messages that hold a trade by their index, as outside() does."""
    return {index: ("trade", EVERY_SECOND.format(second)) for index, second in seconds}


def contents():
    """Returns a trade per second from 12:00:00 of two symbols, a cancel, and two trades in one."""
    frame = b'{"type":"trade","data":[%b,%b]}' % tuple(
        b'{"s":"TSLA","p":1,"t":%d,"v":1}' % (1_772_193_604_000 + n * 1000) for n in range(2)
    )
    values = [made.trade(0), made.trade(1, symbol="B\\"), made.trade(2), cancel(3), frame]
    return made.batch(values, number=7).contents


def shown(found):
    """Returns the second and the symbol of each event, and the indexes of amendments."""
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


def test_rows_go_with_their_events():
    rows = contents().text("trade").decode().splitlines()
    assert contents().only({1, 4}).text("trade").decode().splitlines() == [rows[1], *rows[3:]]


def test_a_time_before_the_floor_is_found_in_events_and_amendments():
    floor = EVERY_SECOND.format(2)
    assert contents().outside(both(floor)) == trades_of((0, 0), (1, 1))
    assert set(contents().outside(both(EVERY_SECOND.format(5)))) == {0, 1, 2, 3, 4}
    assert contents().outside(both(EVERY_SECOND.format(0))) == {}


def test_the_earliest_time_is_that_of_an_event_or_an_amendment():
    assert contents().earliest == EVERY_SECOND.format(0)
    assert contents().without({0, 1, 2}).earliest == EVERY_SECOND.format(3)
    assert contents().only({4}).earliest == EVERY_SECOND.format(4)


def test_a_time_after_the_ceiling_is_found_in_events_and_amendments():
    found = contents().outside(both(EVERY_SECOND.format(0)), EVERY_SECOND.format(3))
    assert found == trades_of((4, 5))
    assert set(contents().outside(both(EVERY_SECOND.format(0)), EVERY_SECOND.format(2))) == {3, 4}


@pytest.mark.parametrize("second, older", [(0, 0), (1, 1), (3, 3), (5, 4), (6, 5)])
def test_older_events_are_counted(second, older):
    assert contents().count_before(EVERY_SECOND.format(second)) == older


def test_symbols_of_cancelled_events_are_not_among_those_that_are_stored():
    assert contents().symbols == {"AAPL", "B\\", "TSLA"}
    assert made.batch([cancel(0, symbol="X")]).contents.symbols == set()
    [amendment] = made.batch([cancel(0)]).contents.amendments[0]
    assert isinstance(amendment, Cancel)


def test_the_span_of_times_is_that_of_events():
    assert (contents().oldest, contents().newest) == (
        EVERY_SECOND.format(0),
        EVERY_SECOND.format(5),
    )
    assert made.batch([]).contents.oldest is None


def test_minutes_come_with_the_symbols_that_have_events_in_them():
    assert set(contents().minutes("quote")) == set()
    assert set(contents().minutes("trade")) == {
        ("AAPL", "2026-02-27T12:00"),
        ("B\\", "2026-02-27T12:00"),
        ("TSLA", "2026-02-27T12:00"),
    }


def test_each_kind_has_rows_and_counts_of_its_own():
    found = made.batch([made.trade(0), made.quote(), b"{}", made.trade(2)]).contents
    assert (found.count("trade"), found.count("quote"), len(found)) == (2, 1, 3)
    assert [part.kind for part in found.parts] == ["trade", "quote"]
    assert found.text("quote").count(b"\n") == 1
    assert [row.split(b"\t")[-1] for row in found.staged_text("trade").splitlines()] == [b"0", b"3"]
    assert found.sources == {"sim"}
    assert found.only({1}).text("trade") == b""


def test_a_message_may_hold_events_and_amendments():
    frame = b"[%b,%b,%b]" % (made.trade(5), cancel(1), cancel(9, symbol="X"))
    found = made.batch([made.trade(0), frame]).contents
    assert found.event_indexes == {0, 1}
    assert [one.symbol for one in found.amendments[1]] == ["AAPL", "X"]
    assert found.outside(both(EVERY_SECOND.format(5))) == trades_of((0, 0), (1, 1))
    assert found.without({1}).amendments == {}


def test_each_kind_has_a_floor_of_its_own():
    found = made.batch([made.trade(0), made.quote(), cancel(0, kind="quote")]).contents
    noon, later = EVERY_SECOND.format(0), EVERY_SECOND.format(5)
    assert found.outside({"trade": noon, "quote": later}) == {
        1: ("quote", noon),
        2: ("quote", noon),
    }
    assert found.outside({"trade": later, "quote": noon}) == {0: ("trade", noon)}


@pytest.mark.parametrize("version", [1, 1.0], ids=["fast", "slow"])
def test_names_are_those_of_the_messages_selected(version):
    names = ["a", "b\\", r"\\", r"\n", "ä\U0001f4c8", "a"]
    values = [made.trade(n, source=name, symbol=name, v=version) for n, name in enumerate(names)]
    found = made.batch([*values, made.quote(source="q", v=version)]).contents
    for index, name in enumerate(names):
        assert found.only({index}).sources == found.only({index}).symbols == {name}
    assert found.without({1, 6}).sources == set(names) - {"b\\"}
    assert found.only({6}).sources == {"q"}
