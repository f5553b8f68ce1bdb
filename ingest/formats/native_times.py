"""Columns of times as the fast way reads them: checked a column of characters at a time."""

from ingest.formats.copy_format import Column
from ingest.formats.times import OLDEST, SECOND_LENGTH, TIME_LENGTH, US_LIMIT, second_us, time_text

NANO_LENGTH = len("2026-02-27T12:05:00.123456789Z")
NANOS = {f"{number:03d}": str(number) for number in range(1000)}
LIMIT = time_text(US_LIMIT)


def read_times(times: list[str]) -> tuple[list[str], Column]:
    """Returns times of TIME_SHAPE, and the nanoseconds below each.

    Other lengths of fractions up to nine digits are read too. Raises ValueError for any other
    spelling, and for times before 2000 or after 2070.
    """
    nanos: Column = "0"
    lengths = set(map(len, times))
    if lengths == {TIME_LENGTH}:
        _check_times(times, TIME_LENGTH)
    else:
        full = times if lengths == {NANO_LENGTH} else list(map(_filled, times))
        _check_times(full, NANO_LENGTH)
        nanos = [NANOS[time[26:29]] for time in full]
        times = [time[:26] + "Z" for time in full]
    for second in {time[:SECOND_LENGTH] for time in times}:
        second_us(second)
    if min(times) < OLDEST or max(times) >= LIMIT:
        raise ValueError("times")
    return times, nanos


def _filled(time: str) -> str:
    """Returns a time with nine digits below the second."""
    if time[-1:] != "Z" or not (len(time) == 20 or (time[19:20] == "." and 21 < len(time) <= 30)):
        raise ValueError(time)  # a point has at least one digit behind it
    return f"{time[:19]}.{time[20:-1]:0<9}Z"


def _check_times(times: list[str], length: int) -> None:
    """Checks columns of characters; the part down to the second is checked when it is read."""
    joined, count = "".join(times), len(times)
    if len(joined) != count * length or not joined.isascii():
        raise ValueError("times")
    if joined[19::length] != "." * count or joined[length - 1 :: length] != "Z" * count:
        raise ValueError("times")
    if joined[10::length] != "T" * count:
        raise ValueError("times")
    if not all(joined[index::length].isdigit() for index in range(20, length - 1)):
        raise ValueError("times")
