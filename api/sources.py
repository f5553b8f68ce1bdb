"""The source that a question means where it names none, remembered for some seconds.

The database looks at the newest trades and quotes for it, which takes as long as reading a page.
"""

import time
from collections.abc import Iterable, Sequence

SECONDS = 5.0
MOST_SYMBOLS = 20_000  # remembered at once; then all are forgotten


class Sources:
    """The default sources of symbols, as far as answers have told them lately."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._known: dict[str, tuple[str, float]] = {}

    def of(self, symbols: Sequence[str]) -> list[str | None] | None:
        """Returns the sources of the symbols in their order, None if none of them is known."""
        now = time.monotonic()
        found = [
            known[0] if (known := self._known.get(symbol)) and known[1] > now else None
            for symbol in symbols
        ]
        return found if any(found) else None

    def learn(self, sources: Iterable[Sequence[str | None]]) -> None:
        """Remembers pairs of symbol and source; a pair that is known keeps its time."""
        now = time.monotonic()
        if len(self._known) > MOST_SYMBOLS:
            self._known.clear()
        for symbol, source in sources:
            if symbol is None or source is None:  # only bars of vendors
                continue
            if (known := self._known.get(symbol)) is None or known[1] <= now:
                self._known[symbol] = source, now + self._seconds
