"""Series of bars: which readings are due, and what they tell; without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from api.stream.bar_pieces import Piece, merged
from api.stream.bar_places import MOST_NAMED, place_of
from api.stream.bar_series import Bar, Key, Reading, Series, Touch
from api.stream.subscription import PROVISIONAL
from api.stream.token import Place


def at(second: int) -> datetime:
    """Returns a time some seconds after noon."""
    return datetime(2026, 2, 27, 12, tzinfo=UTC) + timedelta(seconds=second)


def bar(second: int, text: str = "1") -> Bar:
    """Returns a bar of a second."""
    return Bar(at(second), at(second + 1), (f'"t":{second},"o":{text}',))


def reading(
    *bars: Bar, settled: int, pending: int | None = None, cut: int | None = None
) -> Reading:
    """Returns a reading of bars of seconds."""
    return Reading(
        "sim",
        "trade",
        at(settled),
        None if pending is None else at(pending),
        list(bars),
        None if cut is None else at(cut),
    )


def touch(since: int, until: int, *, removed: bool = False, source: str = "sim") -> Touch:
    """Returns a touch of seconds."""
    return Touch(7, "trade", source, at(since), at(until), at(since + 1), removed)


@pytest.fixture
def series() -> Series:
    """A series of seconds that was read at second 10."""
    followed = Series(Key("AAPL", "sim", "1s"), at(10))
    followed.followers[PROVISIONAL] = 1
    assert followed.advance(reading(bar(8), settled=10), at(10)) == []
    return followed


def seconds(told: list) -> list[tuple[int, str]]:
    """Returns the second of each bar and what is said of it."""
    return [
        (
            one.bar.start.second,
            "gone" if one.bar.is_gone else "revised" if one.is_revised
            else "final" if one.is_final else "open",
        )
        for one in told
    ]  # fmt: skip


def test_bars_that_ended_before_it_was_followed_are_not_given(series: Series) -> None:
    assert not series.is_due(at(60))
    assert series.due_at() is None


def test_a_bar_is_given_when_it_has_ended_and_the_feed_has_sent_all(series: Series) -> None:
    series.touch(touch(10, 11))
    assert series.is_due(at(10))
    assert seconds(series.advance(reading(bar(10), settled=10), at(10))) == [(10, "open")]
    assert series.due_at() == at(11)
    assert series.advance(reading(bar(10), settled=10), at(11)) == []
    assert series.is_behind(at(11))
    assert not series.is_due(at(11))
    assert series.due_at() == at(12)
    assert seconds(series.advance(reading(bar(10), settled=12), at(12))) == [(10, "final")]
    assert not series.is_behind(at(20))


def test_without_clients_of_provisional_bars_it_is_read_when_a_bar_has_ended(
    series: Series,
) -> None:
    series.followers[PROVISIONAL] = 0
    series.touch(touch(10, 13))
    assert not series.is_due(at(10))
    assert series.due_at() == at(11)
    assert series.is_due(at(11))


def test_a_trade_that_is_late_after_the_last_bar_makes_its_bar_final_and_not_revised(
    series: Series,
) -> None:
    series.touch(touch(12, 13))
    assert seconds(series.advance(reading(bar(12), settled=60), at(60))) == [(12, "final")]
    series.touch(touch(11, 12))
    [piece] = series.due_pieces(at(60))
    assert piece == Piece(at(11), at(12), False, 7)
    assert seconds(series.revise(piece, reading(bar(11), settled=60), at(60))) == [(11, "revised")]
    assert series.dirty == []


def test_a_bar_that_a_client_reads_when_it_joins_is_not_final_a_second_time(
    series: Series,
) -> None:
    series.lift(at(30))
    series.touch(touch(12, 13))
    [piece] = series.due_pieces(at(30))
    assert seconds(series.revise(piece, reading(bar(12), settled=30), at(30))) == [(12, "revised")]


def test_bars_after_one_that_is_pending_wait_for_it(series: Series) -> None:
    series.touch(touch(10, 13))
    told = series.advance(reading(bar(10), bar(12), settled=60, pending=11), at(60))
    assert seconds(told) == [(10, "final"), (12, "open")]
    assert series.open_since == at(11)
    assert series.due_at() == at(61)


def test_of_a_piece_what_is_pending_is_read_again_later(series: Series) -> None:
    series.touch(touch(2, 6))
    [piece] = series.due_pieces(at(20))
    told = series.revise(piece, reading(bar(2), bar(5), settled=20, pending=4), at(20))
    assert seconds(told) == [(2, "revised")]
    assert series.due_pieces(at(20)) == []
    assert series.due_pieces(at(21)) == [Piece(at(4), at(6), False, 7)]


def test_of_a_piece_with_too_many_bars_the_rest_is_read_at_once(series: Series) -> None:
    series.touch(touch(2, 6))
    [piece] = series.due_pieces(at(20))
    told = series.revise(piece, reading(bar(2), bar(3), settled=20, cut=4), at(20))
    assert seconds(told) == [(2, "revised"), (3, "revised")]
    assert series.due_pieces(at(20)) == [Piece(at(4), at(6), False, 7)]


def test_provisional_bars_are_told_when_they_differ(series: Series) -> None:
    series.touch(touch(10, 11))
    assert len(series.advance(reading(bar(10), settled=10), at(10))) == 1
    assert series.advance(reading(bar(10), settled=10), at(10)) == []
    assert len(series.advance(reading(bar(10, "2"), settled=10), at(10))) == 1
    [gone] = series.advance(reading(settled=10), at(10))
    assert gone.bar.is_gone
    assert gone.bar.texts == (
        '"t":10,"o":null,"h":null,"l":null,"c":null,"v":null,"n":0,"vw":null',
    )


def test_events_of_another_source_touch_nothing(series: Series) -> None:
    series.touch(touch(3, 11, source="other"))
    assert (series.dirty, series.due_at()) == ([], None)


def test_a_feed_that_goes_back_gives_no_bar_again(series: Series) -> None:
    series.touch(touch(12, 13))
    series.advance(reading(bar(12), settled=60), at(60))
    series.touch(touch(13, 14))
    assert seconds(series.advance(reading(bar(12), bar(13), settled=5), at(61))) == [(13, "open")]


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        pytest.param([(1, 3, False), (2, 5, False)], [(1, 5, False)], id="overlapping"),
        pytest.param([(1, 3, False), (3, 5, False)], [(1, 5, False)], id="adjacent"),
        pytest.param([(4, 5, False), (1, 2, True)], [(1, 2, True), (4, 5, False)], id="apart"),
        pytest.param(
            [(1, 9, False), (3, 5, True)],
            [(1, 3, False), (3, 5, True), (5, 9, False)],
            id="removed-within",
        ),
        pytest.param([(1, 5, True), (1, 5, False)], [(1, 5, True)], id="equal"),
    ],
)
def test_pieces_are_merged(
    pieces: list[tuple[int, int, bool]], found: list[tuple[int, int, bool]]
) -> None:
    given = [Piece(at(since), at(until), removed) for since, until, removed in pieces]
    assert merged(given) == [Piece(at(since), at(until), gone) for since, until, gone in found]


def lagging(count: int) -> list[Series]:
    """Returns series whose feeds lag, each by a second more."""
    found = []
    for number in range(count):
        one = Series(Key(f"S{number}", "sim", "1s"), at(20))
        one.advance(reading(bar(19 - number), settled=19 - number), at(20))
        found.append(one)
    return found


def test_a_place_names_series_that_lag_behind() -> None:
    assert place_of(lagging(2), 9, at(30)) == Place(9, at(30), {"1s S0": at(19), "1s S1": at(18)})


def test_a_place_with_many_series_that_lag_is_that_of_the_last() -> None:
    many = MOST_NAMED + 1
    assert place_of(lagging(many), 9, at(30)) == Place(9, at(20 - many))


def test_a_place_names_what_is_to_be_revised(series: Series) -> None:
    series.touch(touch(2, 3))
    series.touch(touch(5, 6))
    assert place_of([series], 9, at(30)).stale == {
        "1s AAPL": [Piece(at(2), at(3), False, 7), Piece(at(5), at(6), False, 7)]
    }


def test_a_place_with_many_pieces_is_before_the_first_change_of_them(series: Series) -> None:
    for _ in range(MOST_NAMED + 1):
        series.touch(touch(2, 3))
    assert place_of([series], 9, at(30)) == Place(6, at(30))


def test_a_place_with_many_pieces_that_were_not_given_is_before_them(series: Series) -> None:
    for number in range(MOST_NAMED + 1):
        series.postpone(Piece(at(number % 5 + 3), at(9)))
    assert place_of([series], 9, at(30)) == Place(9, at(3))
