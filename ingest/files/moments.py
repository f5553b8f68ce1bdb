"""Times of files as native messages have them: UTC with Z, and six or nine decimals.

A second is read and checked once, a row then costs a look-up. Times are never rounded.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.batch.age import AgeLimit
from ingest.files.layout import TooOld, Unit
from ingest.files.members import Members
from ingest.formats.fields import shown
from ingest.formats.times import OLDEST, SECOND_LENGTH, US_LIMIT, time_text

ReadTime = Callable[[str], str]  # raises ValueError, or TooOld

DECIMALS: dict[Unit, int] = {"s": 0, "ms": 3, "us": 6, "ns": 9}
# The digits of Unix time in s, ms, us, ns at most, as docs/messages.md has them; and the decimals.
MAGNITUDES = ((11, 0), (14, 3), (17, 6), (30, 9))
LIMIT = time_text(US_LIMIT)
UNIX = re.compile(r"[0-9]+(\.[0-9]*)?")
ROUNDED = re.compile(r"[0-9]\.?[0-9]*[eE]\+?[0-9]{2}", re.ASCII)  # 1.77219E+12
ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,]([0-9]+))?"
    r" ?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NoZone(ValueError):
    """A time names no zone, and none is stated."""


def unix_times(limit: AgeLimit | None = None, unit: Unit | None = None) -> ReadTime:
    """Returns a function that reads Unix time, in `unit` or by the number of digits of each.

    Seconds may have a fraction. Times before `limit` raise TooOld.
    """
    seconds = unix_seconds(limit)
    decimals = None if unit is None else DECIMALS[unit]

    def read(text: str) -> str:
        length = len(text)
        if text.isdigit() and text.isascii() and (unit is None or length == 10 + DECIMALS[unit]):
            if length == 13:
                return f"{seconds[text[:10]]}.{text[10:]}000Z"
            if length == 16 or length == 19:  # twice as fast as `in`
                return f"{seconds[text[:10]]}.{text[10:]}Z"
            if length == 10:
                return f"{seconds[text]}.000000Z"
        second, fraction = _split(text, decimals)
        return f"{seconds[second]}.{fraction}Z"

    return read


def unix_seconds(limit: AgeLimit | None = None) -> Members:
    """Returns seconds like 2026-02-27T12:05:00 by those of Unix time."""
    return Members(lambda text: _checked(_second(text), limit))


def _split(text: str, decimals: int | None) -> tuple[str, str]:
    """Returns the whole seconds of Unix time, and the decimals below."""
    if not UNIX.fullmatch(text):
        why = "rounded by a spreadsheet" if ROUNDED.fullmatch(text) else "not Unix time"
        raise ValueError(f"time is {shown(text)}, {why}" if text else "time is missing")
    whole, _, below = text.partition(".")
    whole = whole.lstrip("0")[:30] or "0"
    if decimals is None:
        decimals = next(some for digits, some in MAGNITUDES if len(whole) <= digits)
    whole = whole.rjust(decimals + 1, "0")
    cut = len(whole) - decimals
    return whole[:cut], _fraction(whole[cut:] + below)


def _fraction(digits: str) -> str:
    """Returns six decimals of a second, or nine if there are more, cut off behind them."""
    return f"{digits:0<6}" if len(digits) <= 6 else f"{digits[:9]:0<9}"


def _second(text: str) -> str:
    try:
        return _text(EPOCH + timedelta(seconds=int(text)))
    except OverflowError:
        raise ValueError(f"time is {shown(text)}, in another unit or out of range") from None


def written_times(zone: ZoneInfo | None, limit: AgeLimit | None = None) -> ReadTime:
    """Returns a function that reads ISO 8601, with a blank or T between date and time.

    A time that names no zone is one of `zone`; without it NoZone is raised.
    """
    local = local_seconds(zone, limit) if zone else None
    zoned = Members(lambda text: _checked(_text(datetime.fromisoformat(text)), limit))

    def read(text: str) -> str:
        found = ISO.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"time is {shown(text)}, not like 2026-02-27T12:05:00.123Z")
        date, clock, below, name = found.groups()
        if name:
            offset = "+00:00" if name[0] not in "+-" else name
            second = zoned[f"{date}T{clock}{offset}"]
        elif local is None:
            raise NoZone(
                f"time {shown(text)} names no zone: state it with --time-zone, UTC for example"
            )
        else:
            second = local[f"{date}T{clock}"]
        return f"{second}.{_fraction(below or '')}Z"

    return read


def local_seconds(zone: ZoneInfo, limit: AgeLimit | None = None) -> Members:
    """Returns the seconds of UTC, like 2026-02-27T12:05:00, by those of a zone's clocks.

    A time that the clocks skip raises ValueError, and so does one that they show twice.
    """

    def read(text: str) -> str:
        local = datetime.fromisoformat(text).replace(tzinfo=zone)
        moment = local.astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise ValueError(f"time {shown(text)} does not exist in {zone.key}: its clocks skip it")
        if local.replace(fold=1).utcoffset() != local.utcoffset():
            raise ValueError(f"time {shown(text)} is there twice in {zone.key}: its clocks go back")
        return _checked(_text(moment), limit)

    return Members(read)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def _checked(second: str, limit: AgeLimit | None) -> str:
    if not OLDEST[:SECOND_LENGTH] <= second < LIMIT[:SECOND_LENGTH]:
        raise ValueError(f"time is {second}Z, before 2000 or after 2070")
    if limit is not None and limit.refuses(f"{second}.999999Z"):
        raise TooOld(f"{second}Z, and {limit.sentence}")
    return second
