"""Requests of a client: by the parameters of the URL, or later by a message."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from litestar.datastructures import State

from api import symbols as names
from api import times
from api.display import DECIMALS, parse_display
from api.errors import InvalidParameter, UnknownSymbol
from api.names import SYMBOLS_AT_ONCE, parse_source, parse_symbol
from api.stream import token
from api.stream.subscription import BAR_CHANNELS, CHANNELS, EVERY, TRADES, Subscription, Topic
from api.stream.token import Token
from api.stream.view import Since
from db.tables.display import TIME_STYLES

DEFAULT_TIMEFRAME = "1m"
MOST_NAMES = 4  # of a symbol on the average: each has to be looked up
MOST_TIMEFRAMES = 20  # in one stream: each is a series of every symbol


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters as they were sent."""

    symbols: Sequence[str] = ()
    channels: str = TRADES
    timeframe: str = DEFAULT_TIMEFRAME
    source: str | None = None
    since: str | None = None
    resume: str | None = None
    ts: str = TIME_STYLES[0]
    decimals: str = DECIMALS[0]


class Wanted(NamedTuple):
    """A subscription, and where it is to begin."""

    subscription: Subscription
    unknown: list[str]  # symbols of which nothing is stored: they are followed as they are written
    since: Since | None
    token: Token | None


async def parse(state: State, asked: Asked) -> Wanted:
    """Returns what the parameters mean; raises Problem."""
    display = parse_display(asked.ts, None, asked.decimals)
    since = None if asked.since is None else times.parse_moment("since", asked.since)
    place = None
    if asked.resume:
        place = token.read(asked.resume)
        if place is None:
            raise InvalidParameter("resume", "is not a place that a message of a stream had")
    topics = await parse_topics(state, split(asked.channels), split(asked.timeframe))
    symbols, unknown = await parse_symbols(state, asked.symbols)
    source = parse_source(asked.source)
    subscription = Subscription(
        wanted={topic: symbols for topic in topics if symbols},
        sources={} if source is None else dict.fromkeys(symbols, source),
        display=display,
    )
    check_size(state, subscription)
    return Wanted(subscription, unknown, since, place)


async def parse_topics(
    state: State, channels: Iterable[str], timeframes: Iterable[str]
) -> list[Topic]:
    """Returns the topics of channels, those of bars in each timeframe; raises InvalidParameter."""
    named = list(dict.fromkeys(channels))
    for channel in named:
        if channel not in CHANNELS:
            *others, last = CHANNELS
            raise InvalidParameter("channels", f"must be of {', '.join(others)} and {last}")
    widths = []
    if any(channel in BAR_CHANNELS for channel in named):
        texts = list(dict.fromkeys(timeframes))
        if len(texts) > MOST_TIMEFRAMES:
            raise _too_many_timeframes()
        widths = [await state.timeframes.parse(text) for text in texts]
    return [
        Topic(channel, width)
        for channel in named
        for width in (dict.fromkeys(widths) if channel in BAR_CHANNELS else ("",))
    ]


async def parse_symbols(state: State, texts: Sequence[str]) -> tuple[frozenset[str], list[str]]:
    """Returns the symbols that texts mean, and those of them of which nothing is stored.

    Texts are names, or lists separated by commas. Raises InvalidParameter.
    """
    found: set[str] = set()
    missing: set[str] = set()
    if sum(text.count(",") + 1 for text in texts) > MOST_NAMES * state.settings.api_stream_symbols:
        raise _too_many_symbols(state)
    for some in _chunks(texts):
        try:
            resolved = await state.symbols.resolve("symbols", some)
        except UnknownSymbol:
            resolved = []
        found.update(named.symbol for named in resolved)
        known = {named.asked for named in resolved}
        missing |= {
            name
            for text in some
            if text not in known
            for name in names.parts(text)
            if name not in known
        }
    for name in missing:
        parse_symbol("symbols", name)
    if EVERY in missing:
        raise InvalidParameter("symbols", "must be names: there is no stream of all symbols")
    return frozenset(found | missing), sorted(missing)


def check_size(state: State, subscription: Subscription) -> None:
    """Raises InvalidParameter if a stream would follow too many symbols."""
    if len(subscription.symbols()) > state.settings.api_stream_symbols:
        raise _too_many_symbols(state)
    if len({topic.timeframe for topic in subscription.wanted}) > MOST_TIMEFRAMES + 1:  # and none
        raise _too_many_timeframes()


def _too_many_symbols(state: State) -> InvalidParameter:
    most = state.settings.api_stream_symbols
    return InvalidParameter("symbols", f"must be {most} at most in one stream")


def _too_many_timeframes() -> InvalidParameter:
    return InvalidParameter("timeframe", f"must be {MOST_TIMEFRAMES} at most in one stream")


def _chunks(texts: Sequence[str]) -> list[list[str]]:
    """Returns texts in portions that are not too many names at once."""
    long = [text for text in texts if text.count(",") >= SYMBOLS_AT_ONCE]
    short = [text for text in texts if text not in long]
    pieces = [name for text in long for name in names.parts(text)]
    portions: list[list[str]] = [
        pieces[first : first + SYMBOLS_AT_ONCE] for first in range(0, len(pieces), SYMBOLS_AT_ONCE)
    ]
    count = SYMBOLS_AT_ONCE
    for text in short:
        size = text.count(",") + 1
        if count + size > SYMBOLS_AT_ONCE:
            portions.append([])
            count = 0
        portions[-1].append(text)
        count += size
    return portions


def split(text: str) -> list[str]:
    """Returns the parts of a list separated by commas, without empty ones."""
    return [part for part in names.parts(text) if part]
