"""Dukascopy's addresses, and what it says of an instrument: decimals, holidays, first tick.

Its answers are read leniently: a field that is missing or of another type is not known.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

import msgspec

from db.errors import StockpulseError, UsageError
from ingest.download.fetch import Answer
from ingest.download.outcome import Corrupt, Found, Missing, Ticks, Trouble
from ingest.download.schedule import Range, Schedule, calendar_of
from ingest.sources.dukascopy_hours import DECODERS, CorruptHour
from ingest.sources.dukascopy_instruments import VENUE, Instrument, folder, known

logger = logging.getLogger(__name__)

T = TypeVar("T")

METADATA_TRIES = 2
SCALES = range(19)  # decimals that market.instruments takes

Ask = Callable[[str, int], Answer]  # with an address and the number of tries


class Described(NamedTuple):
    """An instrument, and when it trades."""

    instrument: Instrument
    schedule: Schedule


class VenueAway(StockpulseError):
    """The venue cannot be reached."""


class _Holiday(msgspec.Struct):
    since: int = msgspec.field(name="from")  # Unix milliseconds
    till: int


class _History(msgspec.Struct):
    since: int | str = msgspec.field(name="from")  # Unix milliseconds, or a date


def code_of(text: str) -> str:
    """Returns the code of an instrument, EUR/USD, however it is written.

    DUKASCOPY:EUR/USD, EUR-USD, eur/usd; EURUSD if it is built in. Raises UsageError.
    """
    code = text.strip().upper().removeprefix(f"{VENUE}:").replace("-", "/")
    if "/" in code:
        return code
    instrument = known().get(folder(code))
    if instrument is None:
        raise UsageError(f"{text!r} is not an instrument of Dukascopy: write it like EUR/USD")
    return instrument.code


def is_built_in(code: str) -> bool:
    """Returns whether an instrument is known without asking the venue."""
    found = known().get(folder(code))
    return found is not None and found.code == code


def symbol_of(code: str) -> str:
    """Returns the symbol of an instrument in messages and tables."""
    return f"{VENUE}:{code}"


def hour_url(base: str, form: str, instrument: Instrument, hour: datetime) -> str:
    """Returns the address of an hour; months count from 00 in bi5, from 1 in JSON."""
    if form == "bi5":
        day = f"{hour:%Y}/{hour.month - 1:02}/{hour:%d}"
        return f"{base}/{instrument.folder}/{day}/{hour:%H}h_ticks.bi5"
    moment = f"{hour.year}/{hour.month}/{hour.day}/{hour.hour}"
    return f"{base}/ticks/{_dashed(instrument.code)}/{moment}"


def read_hour(answer: Answer, form: str, instrument: Instrument, hour: datetime) -> Found:
    """Returns what an answer says of an hour."""
    if answer.trouble is not None:
        return Trouble(answer.trouble)
    if answer.is_missing:
        return Missing()
    try:
        return Ticks(DECODERS[form](answer.body, instrument, hour))
    except CorruptHour as error:
        return Corrupt(str(error))


def describe(ask: Ask, base: str, code: str, *, needed: bool) -> Described:
    """Returns an instrument and its schedule, from the venue if that answers.

    `needed` is whether the hours come from there too. Raises UsageError for an instrument that the
    venue does not have, or if its decimals are known neither there nor here; VenueAway.
    """
    answer = _ask(ask, base, code, METADATA_TRIES)
    if answer.is_away and needed:
        raise VenueAway(f"Dukascopy cannot be reached at {base}: {answer.trouble}")
    detail: Any = None
    if answer.trouble is None:
        detail = _decoded(answer.body)
    if not isinstance(detail, dict):
        reason = answer.trouble or "not the description of an instrument"
        logger.warning("built-in decimals are used", extra={"symbol": code, "reason": reason})
        detail = {}
    return Described(Instrument(code, _decimals(code, detail)), _schedule(code, detail))


def check(ask: Ask, base: str, code: str) -> None:
    """Raises UsageError if the venue says that it does not have an instrument."""
    _ask(ask, base, code, 1)


def _ask(ask: Ask, base: str, code: str, tries: int) -> Answer:
    answer = ask(f"{base}/instruments/{_dashed(code)}", tries)
    if answer.is_missing:
        raise UsageError(f"Dukascopy has no instrument {code}")
    return answer


def _dashed(code: str) -> str:
    return code.replace("/", "-")


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _decimals(code: str, detail: dict[str, Any]) -> int:
    scale = detail.get("priceScale")
    if isinstance(scale, int) and scale in SCALES:
        return scale
    built_in = known().get(folder(code))
    if built_in is None:
        raise UsageError(f"the number of decimals in prices of {code} is not known: try later")
    return built_in.decimals


def _schedule(code: str, detail: dict[str, Any]) -> Schedule:
    holidays = _listed(detail.get("holidays"), _Holiday)
    histories = _listed(detail.get("histories"), _History)
    first = [moment for each in histories if (moment := _moment(each.since))]
    return Schedule(
        calendar_of(code),
        tuple(Range(_time(each.since), _time(each.till)) for each in holidays),
        min(first, default=None),
    )


def _listed(found: Any, kind: type[T]) -> list[T]:
    try:
        return [msgspec.convert(one, kind) for one in found or ()]
    except (msgspec.ValidationError, TypeError):
        return []


def _moment(value: int | str) -> datetime | None:
    if isinstance(value, int):
        return _time(value)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
