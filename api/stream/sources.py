"""The sources of a client's symbols, as a token has them: in few bytes, or not at all.

Symbols by source, none for the source of most; under "" those that have none yet.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

MOST_NAMED = 24  # symbols
NONE = ""

Compact = dict[str, list[str]]


def compact(sources: Mapping[str, str], symbols: Iterable[str]) -> Compact:
    """Returns the sources of the symbols; nothing if too many would be named."""
    of_each = {symbol: sources.get(symbol, NONE) for symbol in sorted(symbols)}
    counts = Counter(of_each.values())
    del counts[NONE]
    if not counts:
        return {}
    usual = max(counts, key=lambda source: (counts[source], source))
    found: Compact = {usual: []}
    for symbol, source in of_each.items():
        if source != usual:
            found.setdefault(source, []).append(symbol)
    return found if sum(map(len, found.values())) <= MOST_NAMED else {}


def expanded(sources: Mapping[str, Sequence[str]], symbols: Iterable[str]) -> dict[str, str]:
    """Returns the source of each symbol that has one."""
    usual = next((source for source, named in sources.items() if not named), NONE)
    found = dict.fromkeys(symbols, usual) | {
        symbol: source for source, named in sources.items() for symbol in named
    }
    return {symbol: source for symbol, source in found.items() if source != NONE}
