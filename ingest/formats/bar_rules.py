"""Turns the rules of market.bar_rules into a mask per trade: which parts of a bar it moves.

The aggregates filter by these bits, so they are the contract between the loader and the candles.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

# Bits of market.trades.moves for minute bars; those of daily bars are four places higher.
OPEN_CLOSE, OPEN_CLOSE_IF_FIRST, HIGH_LOW, VOLUME = 1, 2, 4, 8
SHIFTS = {"minute": 0, "day": 4}
EVERYTHING = (OPEN_CLOSE | HIGH_LOW | VOLUME) * 0x11

# Bits of market.quotes.moves.
BID, ASK, MID = 1, 2, 4

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
FLAGS = re.compile(r"(0[xX])?[0-9a-fA-F]{1,16}")
COMBINATIONS_KNOWN = 65_536  # rule set, tape, conditions; a hundred are common, texts are anyone's

# America/New_York 09:30-16:00, as the database checks it too
HOURS = re.compile(
    r"(?P<zone>\S+) (?P<start>([01][0-9]|2[0-3]):[0-5][0-9])"
    r"-(?P<end>([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
)

Session = Literal["*", "regular", "extended"]
Conditions = tuple[str, ...]
Mask = int | tuple[int, int]  # of regular and of other hours, if these differ


class BadHours(ValueError):
    """The hours of a rule set cannot be read; the text names it and them."""


class BarRule(msgspec.Struct, frozen=True):
    """A row of market.bar_rules."""

    rule_set: str
    kind: Literal["minute", "day"]
    tape: str
    code: str
    session: Session
    open_close: Literal["no", "first", "yes"]
    high_low: bool
    volume: bool
    priority: int = 0


# A trade that no row of its set speaks of.
VOLUME_ALONE = BarRule("", "minute", "*", "*", "*", "no", False, True)


class Hours(NamedTuple):
    """The regular session of every day, from `start` to before `end`, in minutes after midnight."""

    zone: ZoneInfo
    start: int
    end: int


class RuleSet(msgspec.Struct, frozen=True):
    """A row of market.rule_sets with its rules by kind, tape, code and session."""

    bits: bool  # a condition is a hexadecimal number, each bit of it a code
    hours: Hours | None
    rules: dict[tuple[str, str, str, str], BarRule]


class Rules(msgspec.Struct, frozen=True):
    """All rule sets, and the masks worked out so far."""

    sets: dict[str, RuleSet]
    known: dict[tuple[str, str | None, Conditions], Mask] = {}

    def moves(self, rule_set: str, tape: str | None, conditions: Conditions, us: int) -> int:
        """Returns the mask of a trade at `us`, microseconds since 2000-01-01 UTC.

        Raises KeyError for a rule set that does not exist.
        """
        mask = self.masks(rule_set, tape, conditions)
        return mask if isinstance(mask, int) else self.mask_at(rule_set, mask, us)

    def mask_at(self, rule_set: str, masks: tuple[int, int], us: int) -> int:
        """Returns that of the two masks which holds at `us`."""
        return masks[not _is_regular(self.sets[rule_set].hours, us)]

    def masks(self, rule_set: str, tape: str | None, conditions: Conditions) -> Mask:
        """Returns the mask of a trade at any time, or those of the regular and other hours.

        Raises KeyError for a rule set that does not exist.
        """
        mask = self.known.get((rule_set, tape, conditions))
        return self._learn(rule_set, tape, conditions) if mask is None else mask

    def _learn(self, rule_set: str, tape: str | None, conditions: Conditions) -> Mask:
        chosen = self.sets[rule_set]
        regular = mask_of(chosen, tape, conditions, "regular" if chosen.hours else "*")
        extended = mask_of(chosen, tape, conditions, "extended" if chosen.hours else "*")
        if len(self.known) >= COMBINATIONS_KNOWN:
            self.known.clear()
        mask = regular if regular == extended else (regular, extended)
        self.known[rule_set, tape, conditions] = mask
        return mask


def from_rows(
    rule_sets: Iterable[Mapping[str, Any]], bar_rules: Iterable[Mapping[str, Any]]
) -> Rules:
    """Returns the rules of the rows of market.rule_sets and market.bar_rules, by column name.

    The values may be text, as a CSV file has them. Raises BadHours, or msgspec.ValidationError for
    one that cannot be.
    """
    sets = {
        row["rule_set"]: RuleSet(
            row["codes"] == "bits", _hours(row["rule_set"], row["regular_hours"]), {}
        )
        for row in rule_sets
    }
    for row in bar_rules:
        rule = msgspec.convert(row, BarRule, strict=False)
        key = rule.kind, rule.tape, rule.code, rule.session
        sets[rule.rule_set].rules[key] = rule
    return Rules(sets)


def _hours(rule_set: str, text: str | None) -> Hours | None:
    """Reads `America/New_York 09:30-16:00`."""
    if not text:
        return None
    shape = HOURS.fullmatch(text)
    if shape is None or shape["start"] == shape["end"]:
        raise BadHours(
            f"the rule set {rule_set} has the regular_hours {text!r};"
            " they have to be like America/New_York 09:30-16:00"
        )
    try:
        zone = ZoneInfo(shape["zone"])
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise BadHours(
            f"the rule set {rule_set} has the regular_hours {text!r}, whose time zone is not known"
        ) from error
    return Hours(zone, _minute(shape["start"]), _minute(shape["end"]))


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _is_regular(hours: Hours | None, us: int) -> bool:
    if hours is None:
        return True
    moment = (EPOCH + timedelta(microseconds=us)).astimezone(hours.zone)
    minute = moment.hour * 60 + moment.minute
    if hours.start <= hours.end:
        return hours.start <= minute < hours.end
    return minute >= hours.start or minute < hours.end  # over midnight


def mask_of(chosen: RuleSet, tape: str | None, conditions: Conditions, session: Session) -> int:
    """Returns the mask of a trade: of the rules with the highest priority the strictest wins."""
    codes = (_bits(conditions) if chosen.bits else conditions) or ("",)
    mask = 0
    for kind, shift in SHIFTS.items():
        rules = [_rule(chosen, kind, tape or "*", code, session) for code in codes]
        highest = max(rule.priority for rule in rules)
        mask |= _strictest([rule for rule in rules if rule.priority == highest]) << shift
    return mask


def _bits(texts: Conditions) -> Conditions:
    """Returns each bit of hexadecimal numbers as a code: 0x2001 as 0x1 and 0x2000."""
    codes: list[str] = []
    for text in texts:
        if FLAGS.fullmatch(text):
            number = int(text, 16)
            codes += [hex(1 << n) for n in range(number.bit_length()) if number >> n & 1]
        else:
            codes.append(text)
    return tuple(codes)


def _rule(chosen: RuleSet, kind: str, tape: str, code: str, session: str) -> BarRule:
    """Returns the row that speaks of a code; a tape with a default row is complete in itself."""
    for tape_named, code_named in ((tape, code), (tape, "*"), ("*", code), ("*", "*")):
        for session_named in (session, "*"):
            rule = chosen.rules.get((kind, tape_named, code_named, session_named))
            if rule:
                return rule
    return VOLUME_ALONE


def _strictest(rules: list[BarRule]) -> int:
    mask = 0
    if all(rule.open_close != "no" for rule in rules):
        always = all(rule.open_close == "yes" for rule in rules)
        mask |= OPEN_CLOSE if always else OPEN_CLOSE_IF_FIRST
    if all(rule.high_low for rule in rules):
        mask |= HIGH_LOW
    if all(rule.volume for rule in rules):
        mask |= VOLUME
    return mask


def quote_moves(bid: Decimal | None, ask: Decimal | None, wide_quote_ratio: Decimal) -> int:
    """Returns the mask of a quote: a side that is missing or 0 moves nothing, nor a wide quote."""
    if not bid or not ask:
        return (BID if bid else 0) | (ASK if ask else 0)
    if bid > 0 and ask > wide_quote_ratio * bid:
        return 0
    return BID | ASK | MID
