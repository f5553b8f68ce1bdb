"""Times on the clocks of a zone, in files that are in order of time.

When clocks go back, an hour is there twice: a row after the step back is of the second one, a row
that follows others within an hour is of the first. Of any other nobody can tell.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.batch.age import AgeLimit
from ingest.files.layout import TooOld
from ingest.files.members import Members
from ingest.files.moments import local_seconds, written_times
from ingest.formats.times import SECOND_LENGTH

LONG_AGO = "0001-01-01T00:00:00"
HOUR_LENGTH = len("2026-02-27T12")
WITHIN_HOUR = frozenset(f":{minute:02}:{second:02}" for minute in range(60) for second in range(60))
NEAR = timedelta(hours=1)  # what clocks go back, so that a row of the second hour is not so near


def seconds_of(zone: ZoneInfo, limit: AgeLimit | None, iso: Callable[[str], str]) -> Members:
    """Returns the seconds of UTC, 2026-02-27T12:05:00, by the texts of a column.

    `iso` makes 2026-02-27T07:05:00 of a text, or raises ValueError. Times before `limit` raise
    TooOld; those that the clocks skip, and those of which order does not tell, raise ValueError.
    """
    return _Seconds(_Clock(zone, limit), iso)


def fraction(digits: str) -> str:
    """Returns six decimals of a second, or nine if there are more; those below are cut off."""
    return f"{digits:0<6}" if len(digits) <= 6 else f"{digits[:9]:0<9}"


class _Seconds(Members):
    """Remembers no text of an hour that is there twice: it is of another second each time."""

    def __init__(self, clock: "_Clock", iso: Callable[[str], str]) -> None:
        super().__init__(iso)
        self._clock = clock

    def __missing__(self, text: str) -> str:
        second = self._clock.read(self._read(text))
        return second if self._clock.is_told_by_order else self.remember(text, second)


class _Clock:
    """Follows the clocks of a zone through the one hour of a year that is there twice."""

    def __init__(self, zone: ZoneInfo, limit: AgeLimit | None) -> None:
        self._hours = Members(self._plain_hour)
        self._zone = zone
        self._seconds = local_seconds(zone, limit)
        self._zoned = written_times(None, limit)
        self._before = LONG_AGO  # the row before of which it is known which hour it is of
        self._last = ""  # the last one of an hour that is there twice
        self._went_back = False
        self.is_told_by_order = False  # whether the last text is of an hour that is there twice

    def read(self, text: str) -> str:
        self.is_told_by_order = False
        hour = self._hours[text[:HOUR_LENGTH]]
        if hour and text[HOUR_LENGTH:] in WITHIN_HOUR:
            self._before = text
            return f"{hour}{text[HOUR_LENGTH:]}"
        first = _parsed(text).replace(tzinfo=self._zone)
        second = first.replace(fold=1)
        if first.utcoffset() == second.utcoffset() or _is_skipped(first):
            self._before = text
            return self._seconds[text]
        self.is_told_by_order = True
        if text[:10] != self._last[:10]:
            self._went_back = False
        elif text < self._last:
            self._went_back = True
        self._last = text
        if self._went_back:
            return self._zoned(second.isoformat())[:SECOND_LENGTH]
        if not timedelta() <= _parsed(text) - _parsed(self._before) < NEAR:
            raise ValueError(
                f"time {text!r} is there twice in {self._zone.key}, and the rows before it do not"
                " tell which one it is: publish such rows with a zone like Etc/GMT+4"
            )
        self._before = text
        return self._zoned(first.isoformat())[:SECOND_LENGTH]

    def _plain_hour(self, hour: str) -> str:
        """Returns the hour of UTC of an hour all of which is read alike, else an empty text."""
        try:
            first, last = self._seconds[f"{hour}:00:00"], self._seconds[f"{hour}:59:59"]
        except (ValueError, TooOld):
            return ""
        starts_alike = first[HOUR_LENGTH:] == ":00:00" and first[:HOUR_LENGTH] == last[:HOUR_LENGTH]
        return first[:HOUR_LENGTH] if starts_alike else ""


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"time is {text!r}, which is none") from None


def _is_skipped(local: datetime) -> bool:
    """Whether the offset grows here, so that clocks skip this time and do not show it twice."""
    before, after = local.utcoffset(), local.replace(fold=1).utcoffset()
    return (before or timedelta()) < (after or timedelta())
