"""The sequence of events that have none."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings

from ingest.formats.events import LARGEST_SEQUENCE, Trade
from ingest.formats.sequences import id_sequence, sequence_of
from tests.ingest import made

TRADE = Trade(0, "A", "sim", Decimal("1.50"), Decimal(2))


@settings(deadline=None)
@given(made.events)
def test_a_sequence_is_a_bigint_of_at_least_zero(event):
    assert 0 <= sequence_of(event) <= LARGEST_SEQUENCE
    if event.seq is not None:
        assert sequence_of(event) == event.seq


@pytest.mark.parametrize(
    "tick_id, sequence",
    [("0", 0), ("77001", 77001), ("007", 7), (str(LARGEST_SEQUENCE), LARGEST_SEQUENCE)],
)
def test_an_id_that_is_a_number_is_the_sequence(tick_id, sequence):
    assert id_sequence(tick_id) == sequence


@pytest.mark.parametrize(
    "tick_id", [str(LARGEST_SEQUENCE + 1), "1" * 30, "a1", "-1", "1.0", "\u0661", " 1", "V:1"]
)
def test_any_other_id_has_the_hash_of_its_text(tick_id):
    assert 0 <= id_sequence(tick_id) <= LARGEST_SEQUENCE
    assert id_sequence(tick_id) != id_sequence(tick_id + "x")


def test_the_hash_is_the_same_in_every_process_and_version():
    assert id_sequence("a1") == 5742849598844073613  # b2sum -l 64, halved


def test_without_an_id_equal_contents_have_equal_sequences():
    same = msgspec.structs.replace(TRADE, price=Decimal("1.5"), symbol="B", us=5)
    assert sequence_of(same) == sequence_of(TRADE)


@pytest.mark.parametrize(
    "change",
    [
        {"price": Decimal(2)},
        {"size": None},
        {"side": "buy"},
        {"exchange": "V"},
        {"tape": "C"},
        {"conditions": ("@",)},
    ],
)
def test_without_an_id_other_contents_have_other_sequences(change):
    assert sequence_of(msgspec.structs.replace(TRADE, **change)) != sequence_of(TRADE)
