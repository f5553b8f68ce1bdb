"""Sizes an installation for more trades than one machine can try: `python -m bench.growing`.

A day is simulated second by second, with figures that were measured on two cores: they are named
where they stand. Nothing here was run at these loads.
"""

import math
from typing import NamedTuple

BASE = 2_000  # trades per second, the load of today: 173 million a day
DAY = 86_400  # seconds
OPENING = 60  # seconds of a burst, at BURST times the mean
BURST = 20
LOADERS = 10  # most that are tried

# bench/README.md, the log of changes: a batch of 200 trades takes 3.90 ms of the server's CPU, one
# of 20,000 takes 92.
PER_TRADE = (0.092 - 0.0039) / (20_000 - 200)  # seconds
PER_BATCH = 0.0039 - 200 * PER_TRADE
# The same page: the loader, per message; candles of 1m, two slices at a time, and the other levels.
LOADER = 2.5e-6
CANDLES = 2 / 1_317_000 * (1 + 0.77)
LONGEST_WAIT = 0.1  # seconds in which a batch fills, as shipped
BATCH_ROWS = 50_000  # most in a batch, as shipped
MOST_LAG = 60.0  # seconds, that the burst may cost

BYTES = {
    "rows and their index": 35e9 / (BASE * DAY),  # bench/README.md, the log of changes
    "log of changes": 1.3e9 / (BASE * DAY),
}


class Sized(NamedTuple):
    """Figures of a load."""

    loaders: int
    cores: float  # of the database, at the mean
    lag: float  # seconds, the most after the burst


def batch(trades: float) -> float:
    """Returns the seconds of the server's CPU that a batch takes."""
    return PER_BATCH + trades * PER_TRADE


def lag(mean: float, loaders: int) -> float:
    """Simulates a burst, second by second; returns the longest time that a trade waits for it.

    Loaders store side by side, each with a core of the database, full batches while they lag.
    """
    capacity = loaders * BATCH_ROWS / batch(BATCH_ROWS)
    queue, longest = 0.0, LONGEST_WAIT
    for second in range(DAY):
        queue = max(0.0, queue + mean * (BURST if second < OPENING else 1) - capacity)
        longest = max(longest, LONGEST_WAIT + queue / capacity)
        if second >= OPENING and not queue:
            break
    return longest


def size(times: int) -> Sized:
    """Returns the fewest loaders that the burst costs MOST_LAG or less, and what they take."""
    mean = BASE * times
    loaders = next((count for count in range(1, LOADERS) if lag(mean, count) <= MOST_LAG), LOADERS)
    batches = loaders / LONGEST_WAIT
    cores = batches * PER_BATCH + mean * (PER_TRADE + CANDLES)
    return Sized(loaders, cores, lag(mean, loaders))


def main() -> None:
    """Prints a line per load."""
    for times in (1, 10, 100):
        sized = size(times)
        a_day = BASE * times * DAY
        sizes = ", ".join(f"{name} {a_day * each / 1e9:,.0f} GB" for name, each in BYTES.items())
        print(
            f"{times:>3} times: {BASE * times:,} trades/s, {a_day / 1e6:,.0f} million a day;"
            f" {sized.loaders} loaders, {math.ceil(BASE * times * LOADER * 100)} % of a core;"
            f" database {sized.cores:.2f} cores; after the burst {sized.lag:.1f} s behind; {sizes}"
        )


if __name__ == "__main__":
    main()
