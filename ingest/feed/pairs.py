"""Pairs of currencies as venues write them, and what they tell of the instrument."""

from collections.abc import Iterable, Sequence
from itertools import product

from db.errors import UsageError
from ingest.feed import instruments
from ingest.feed.source import Options, Subscription
from ingest.formats.instrument import Instrument

# Quote currencies which no other ends in: of a pair written as one word, the rest is the base.
UNMISTAKABLE = ("USDT", "USDC")


def subscriptions(
    options: Options, venue: str, separator: str, example: str, most: int | None = None
) -> list[Subscription]:
    """Returns what is asked for of a venue that writes its pairs like `example`.

    `venue` is the prefix of its symbols, in capitals. Raises UsageError for what is no pair, and
    for more than `most`, the limit per connection.
    """
    names = dict.fromkeys(_pair(text, venue, separator, example) for text in options.symbols)
    found = [
        Subscription(f"{venue}:{name}", kind, name, instrument_of(name, separator))
        for name, kind in product(names, options.kinds)
    ]
    if most is not None and len(found) > most:
        raise UsageError(
            f"{venue.lower()} serves {most} subscriptions per connection, {len(found)} are asked "
            "for: name fewer symbols, or run a second feed for the others"
        )
    return found


def instrument_of(name: str, separator: str) -> Instrument:
    """Returns the instrument of a pair; its currencies only if they are certain."""
    if separator:
        base, _, quote = name.partition(separator)
        return instruments.crypto(base, quote)
    for quote in UNMISTAKABLE:
        if name.endswith(quote) and name != quote:
            return instruments.crypto(name.removesuffix(quote), quote)
    return instruments.crypto()


def check_market(url: str, others: Iterable[str], venue: str) -> None:
    """Raises UsageError for the address of a market that has the names of spot pairs."""
    if any(one in url for one in others):
        raise UsageError(
            f"{venue} is its spot market; {url} is another one, whose trades would mix with it: "
            "pairs have the same names there"
        )


def without(kind: str, options: Options, source: str, instead: str) -> None:
    """Raises UsageError if a source is asked for a kind that it does not have."""
    if kind in options.kinds:
        raise UsageError(f"{source} has no {kind}s: {instead}")


def _pair(text: str, venue: str, separator: str, example: str) -> str:
    name = text.strip().upper().removeprefix(f"{venue}:")
    currencies: Sequence[str] = name.split(separator) if separator else [name]
    if len(currencies) != (2 if separator else 1) or not _are_codes(currencies):
        raise UsageError(f"{venue.lower()}: {text!r} is no spot pair; write it like {example}")
    return name


def _are_codes(currencies: Iterable[str]) -> bool:
    return all(one.isalnum() for one in currencies)
