"""Good answers per second at 400 connections beside those at 8, by clients that honour Retry-After.

Also how long refusals take, and how much database work 100 viewers of one live symbol cause.
"""

from datetime import timedelta
from statistics import median, quantiles
from typing import Any

from bench.rest import client
from bench.rest.filled import SYMBOLS, Filled, served

FEW = 8
MANY = 400
SECONDS = 20.0
ROUNDS = 3


def compare(filled: Filled) -> dict[str, Any]:
    """Returns good answers per second of few and many connections, their ratio, and refusals."""
    since = filled.end - timedelta(days=3)
    window = (
        f"start={since:%Y-%m-%dT%H:%M:%SZ}&end={since + timedelta(hours=12):%Y-%m-%dT%H:%M:%SZ}"
    )
    paths = [
        f"/v1/bars?symbols=SYM{number:03}&timeframe=1m&{window}&limit=500"
        for number in range(SYMBOLS)
    ]
    few, many = [], []
    with served(filled.url) as address:
        for _round in range(ROUNDS):
            few.append(client.measure(address, paths, FEW, SECONDS))
            many.append(client.measure(address, paths, MANY, SECONDS))
    ratios = sorted(b.per_second / a.per_second for a, b in zip(few, many, strict=True))
    refusals = [taken for one in many for taken in one.refusal_times] or [0.0, 0.0]
    return {
        f"good_per_second_at_{FEW}": round(median(one.per_second for one in few)),
        f"good_per_second_at_{MANY}": round(median(one.per_second for one in many)),
        "ratio": round(ratios[ROUNDS // 2], 2),
        "refused": sum(one.refused for one in many),
        "failed": sum(one.failed for one in few + many),
        "refusal_p99_ms": round(quantiles(refusals, n=100)[98] * 1000, 1),
    }
