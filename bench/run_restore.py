"""Restores one day as `stockpulse restore` does; prints the seconds of its steps as JSON."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import pairwise

from archive.restore import restore
from archive.settings import ArchiveSettings
from bench.run_loader import peak_kb


def main() -> None:
    url, warehouse, day, *relations = sys.argv[1:]
    moments = [time.perf_counter()]

    @contextmanager
    def progress(_name: str, _total: int | None, _unit: str) -> Iterator[Callable[[int], None]]:
        yield lambda _done: moments.append(time.perf_counter())

    settings = ArchiveSettings(database_url=url, warehouse=warehouse)
    restored = restore(settings, progress, date.fromisoformat(day), relations=relations)
    steps = [after - before for before, after in pairwise(moments)]
    stored = len(restored.rows) + 1  # the relations, and their commit
    print(
        json.dumps({
            "rows": sum(restored.rows.values()),
            "differing": restored.differing,
            "seconds": sum(steps[:stored]),
            "candles_seconds": steps[stored],
            "compared_seconds": sum(steps[stored + 1 :]),
            "peak_rss_mb": round(peak_kb() / 1024),
        })
    )  # fmt: skip


if __name__ == "__main__":
    main()
