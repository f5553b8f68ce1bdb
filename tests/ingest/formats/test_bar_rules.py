"""Which trades move a bar: the shipped rule sets against tables written out by hand."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from ingest.formats import bar_rules
from ingest.formats.bar_rules import ASK, BID, EVERYTHING, MID, Rules

ROOT = Path(__file__).parents[3]
TAPES = {"A": "A", "B": "B", "C": "C", "O": "O", "none": None}
CODES = {"": (), "blank": (" ",)}  # what a table cannot show

# The masks by their text: open and close, high and low, volume.
MINUTE = {"YYY": 13, "NNY": 8, "NNN": 0, "FYY": 14, "YYN": 5, "FYN": 6}
DAY = {"YYY": 208, "NNY": 128, "NNN": 0, "FYY": 224, "YYN": 80, "FYN": 96}
OUTCOMES = {"minute": MINUTE, "day": DAY}
OF_KIND = {"minute": 0x0F, "day": 0xF0}

# New York is four hours behind UTC on the first day, five on the second.
REGULAR = ("2024-07-01T13:30:00", "2024-07-01T19:59:59.999999", "2024-12-02T14:30:00")
EXTENDED = ("2024-07-01T13:29:59.999999", "2024-07-01T20:00:00", "2024-12-02T13:30:00")
MOMENTS = {"regular": REGULAR, "extended": EXTENDED, "any": (*REGULAR, *EXTENDED)}


def table(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open(newline="") as file:
        return list(csv.DictReader(file))


SHIPPED = table("db/data/rule_sets.csv"), table("db/data/bar_rules.csv")
EXPECTED = table("tests/data/bar_rules_expected.csv")
COMBINED = table("tests/data/bar_rules_combined.csv")


@pytest.fixture(scope="module")
def rules() -> Rules:
    return bar_rules.from_rows(*SHIPPED)


def micros(moment: str) -> int:
    since = datetime.fromisoformat(moment).replace(tzinfo=UTC) - datetime(2000, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1)


def outcomes(
    rules: Rules, row: dict[str, str], tape: str | None, conditions: tuple[str, ...]
) -> Iterator[int]:
    for moment in MOMENTS[row["session"]]:
        mask = rules.moves(row["rule_set"], tape, conditions, micros(moment))
        yield mask & OF_KIND[row["kind"]]


@pytest.mark.parametrize(
    "row", EXPECTED, ids=["-".join(list(row.values())[:4]) for row in EXPECTED]
)
def test_each_code_moves_what_the_table_has_on_each_tape(rules: Rules, row: dict[str, str]) -> None:
    conditions = CODES.get(row["code"], (row["code"],))
    for column, tape in TAPES.items():
        wanted = OUTCOMES[row["kind"]][row[column]]
        assert set(outcomes(rules, row, tape, conditions)) == {wanted}, column


@pytest.mark.parametrize(
    "row", COMBINED, ids=[f"{row['rule_set']}-{row['kind']}-{row['why']}" for row in COMBINED]
)
def test_of_several_conditions_the_strictest_wins(rules: Rules, row: dict[str, str]) -> None:
    conditions = tuple(row["conditions"].split(" "))
    wanted = OUTCOMES[row["kind"]][row["outcome"]]
    assert set(outcomes(rules, row, TAPES[row["tape"]], conditions)) == {wanted}


def test_every_code_that_is_shipped_stands_in_the_table() -> None:
    names = {"*": "unlisted", " ": "blank"}
    shipped = {
        (row["rule_set"], row["kind"], names.get(row["code"], row["code"]))
        for row in SHIPPED[1]
        if row["rule_set"] != "all"
    }
    assert shipped <= {(row["rule_set"], row["kind"], row["code"]) for row in EXPECTED}


def test_every_tape_that_is_shipped_has_a_default() -> None:
    keys = [tuple(row.values())[:5] for row in SHIPPED[1]]
    assert len(set(keys)) == len(keys)
    tables = {(row["rule_set"], row["kind"], row["tape"]) for row in SHIPPED[1]}
    defaults = {tuple(row.values())[:3] for row in SHIPPED[1] if row["code"] == "*"}
    assert tables == defaults
    assert {row["rule_set"] for row in SHIPPED[0]} == {row["rule_set"] for row in SHIPPED[1]}


def test_a_tape_that_nobody_knows_is_as_none(rules: Rules) -> None:
    assert rules.moves("alpaca", "3", ("@",), 0) == EVERYTHING
    assert rules.moves("alpaca", "", ("B",), 0) == MINUTE["NNY"] + DAY["NNY"]


def test_a_rule_set_that_does_not_exist_is_an_error(rules: Rules) -> None:
    with pytest.raises(KeyError):
        rules.moves("none", None, (), 0)


def own(*rows: str, codes: str = "list", hours: str | None = None) -> Rules:
    """Rules of one set `own`, each row as kind tape code session open_close high_low volume."""
    columns = ("kind", "tape", "code", "session", "open_close", "high_low", "volume", "priority")
    return bar_rules.from_rows(
        [{"rule_set": "own", "codes": codes, "regular_hours": hours, "description": "a test's"}],
        [
            {"rule_set": "own"} | dict(zip(columns, row.split(), strict=True))
            for row in rows
        ],
    )  # fmt: skip


def minute(rules: Rules, *conditions: str, tape: str | None = None, at: str = REGULAR[0]) -> int:
    return rules.moves("own", tape, conditions, micros(at)) & OF_KIND["minute"]


def test_of_several_priorities_the_highest_wins_and_within_it_the_strictest() -> None:
    rules = own(
        "minute * a * yes true true 2",
        "minute * b * first true true 2",
        "minute * c * no false true 1",
        "minute * d * no false false 0",
    )
    assert minute(rules, "c", "d") == MINUTE["NNY"]
    assert minute(rules, "d", "a", "c") == MINUTE["YYY"]
    assert minute(rules, "d", "a", "b") == MINUTE["FYY"]


def test_a_rule_of_the_tape_comes_before_one_of_any_tape() -> None:
    rules = own(
        "minute * a * yes true true 0",
        "minute * b * yes true true 0",
        "minute A a * no false false 0",
        "minute B * * no false true 0",
    )
    assert minute(rules, "a", tape="A") == MINUTE["NNN"]
    assert minute(rules, "b", tape="A") == MINUTE["YYY"]
    assert minute(rules, "b", tape="B") == MINUTE["NNY"]
    assert minute(rules, "a", tape="C") == MINUTE["YYY"]


def test_a_code_without_any_rule_moves_the_volume_alone() -> None:
    rules = own("minute * a * yes true true 0")
    assert minute(rules, "z") == minute(rules) == MINUTE["NNY"]
    assert rules.moves("own", None, ("a",), 0) == MINUTE["YYY"] + DAY["NNY"]


def test_rules_of_a_session_hold_within_its_hours() -> None:
    rules = own(
        "minute * * * no false true 0",
        "minute * * regular yes true true 0",
        hours="Asia/Tokyo 09:00-15:30",
    )
    assert minute(rules, at="2024-07-01T00:00:00") == MINUTE["YYY"]  # nine o'clock
    assert minute(rules, at="2024-07-01T06:30:00") == MINUTE["NNY"]  # half past three


def test_a_session_may_go_over_midnight() -> None:
    rules = own(
        "minute * * extended no false true 0",
        "minute * * regular yes true true 0",
        hours="America/Chicago 17:00-16:00",
    )
    assert minute(rules, at="2024-07-01T22:00:00") == MINUTE["YYY"]  # 17:00
    assert minute(rules, at="2024-07-01T20:59:59") == MINUTE["YYY"]  # 15:59:59
    assert minute(rules, at="2024-07-01T21:00:00") == MINUTE["NNY"]  # 16:00


@pytest.mark.parametrize("hours, minutes", [("UTC 00:00-24:00", 1440), ("UTC 12:00-24:00", 720)])
def test_a_session_may_last_until_midnight(hours: str, minutes: int) -> None:
    rules = own("minute * * regular yes true true 0", hours=hours)
    times = [f"2024-07-01T{n // 60:02}:{n % 60:02}:59.999999" for n in range(1440)]
    assert sum(minute(rules, at=at) == MINUTE["YYY"] for at in times) == minutes


def test_rules_of_a_session_need_its_hours() -> None:
    rules = own("minute * * regular yes true true 0", "minute * * * no false false 0")
    assert minute(rules) == MINUTE["NNN"]


def test_texts_of_any_number_of_conditions_are_not_kept_for_ever(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bar_rules, "COMBINATIONS_KNOWN", 10)
    for number in range(100):
        assert rules.moves("all", None, (str(number),), 0) == EVERYTHING
    assert len(rules.known) <= 10


@pytest.mark.parametrize(
    "change", [{"open_close": "maybe"}, {"volume": "perhaps"}, {"session": "night"}, {"kind": ""}]
)
def test_a_row_that_cannot_be_is_refused(change: dict[str, str]) -> None:
    rows = [row | change for row in SHIPPED[1][:1]]
    with pytest.raises(msgspec.ValidationError):
        bar_rules.from_rows(SHIPPED[0], rows)


@pytest.mark.parametrize(
    "bid, ask, moves",
    [
        ("100", "101", BID | ASK | MID),
        ("101", "100", BID | ASK | MID),  # crossed
        ("1", "10", BID | ASK | MID),
        ("1", "10.01", 0),  # wide
        ("0.01", "199999.99", 0),
        ("0", "100", ASK),
        ("100", "0", BID),
        (None, "100", ASK),
        ("100", None, BID),
        ("0", "0", 0),
        ("0", None, 0),
        ("-2", "-1", BID | ASK | MID),
        ("-1", "50", BID | ASK | MID),  # a ratio means nothing below zero
    ],
)
def test_a_quote_moves_the_sides_it_has(bid: str | None, ask: str | None, moves: int) -> None:
    sides = [None if side is None else Decimal(side) for side in (bid, ask)]
    assert bar_rules.quote_moves(*sides, Decimal(10)) == moves
