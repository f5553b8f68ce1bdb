"""Bars of the day under way, each symbol's newest once a minute at most."""

from typing import Generic, TypeVar

PAUSE_SECONDS = 60.0

Item = TypeVar("Item")


class Days(Generic[Item]):
    """Holds the newest bar of each symbol back until its minute has passed."""

    def __init__(self) -> None:
        self._given_at: dict[str, float] = {}
        self._held: dict[str, Item] = {}

    def offer(self, symbol: str, bar: Item, now: float) -> Item | None:
        """Returns the bar if it may be given now, and holds it otherwise, in place of an older."""
        if now - self._given_at.get(symbol, now - PAUSE_SECONDS) < PAUSE_SECONDS:
            self._held[symbol] = bar
            return None
        return self.give(symbol, bar, now)

    def give(self, symbol: str, bar: Item, now: float) -> Item:
        """Returns a bar that is given now whatever was before, as the day is over."""
        self._held.pop(symbol, None)
        self._given_at[symbol] = now
        return bar

    def due(self, now: float) -> list[tuple[str, Item]]:
        """Returns the bars whose minute has passed."""
        symbols = [one for one in self._held if now - self._given_at[one] >= PAUSE_SECONDS]
        return [(one, self.give(one, self._held[one], now)) for one in symbols]

    def seconds_to_next(self, now: float) -> float | None:
        """Returns the time until a bar is due; None if none is held."""
        if not self._held:
            return None
        first = min(self._given_at[symbol] for symbol in self._held)
        return max(0.0, first + PAUSE_SECONDS - now)
