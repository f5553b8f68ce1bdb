"""The series of a week without trouble: nights, a weekend, a holiday, restarts, nightly backfills.

A sample per minute, from Friday, 13 February 2026, 20:00 UTC, an hour before the exchange closes;
Monday is Washington's birthday.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

import yaml

START = datetime(2026, 2, 13, 20, tzinfo=UTC)
WEEK = 7 * 24 * 60  # minutes
EVENING = 7 * 60  # past the close, the restarts and half of the first backfill
HOLIDAY = date(2026, 2, 16)
OPENS, CLOSES = time(14, 30), time(21)  # of the exchange
FX_CLOSES, FX_OPENS = datetime(2026, 2, 13, 22, tzinfo=UTC), datetime(2026, 2, 15, 22, tzinfo=UTC)
RESTARTS = 4 * 60 + 10  # Saturday 00:10
BACKFILL = time(2)  # every night
BACKFILL_MINUTES = 40

# By series, the value in a minute of the week; None is no sample.
SERIES: dict[str, Callable[[int], float | None]] = {
    'up{job="stockpulse-loader",instance="a:9108"}': lambda t: t != RESTARTS,
    'up{job="stockpulse-loader",instance="b:9108"}': lambda t: t != RESTARTS + 3,
    'up{job="stockpulse-api",instance="api:8000"}': lambda t: t != RESTARTS + 6,
    'up{job="stockpulse-feed",instance="feed:9109"}': lambda t: t != RESTARTS + 9,
    # Much is traded as the exchange opens.
    'stockpulse_loader_lag_messages{topic="stock.ticks.v1"}': lambda t: (
        0 if not _is_open(t) else 40_000 if _since_open(t) < 3 else _noise(t, 3_000)
    ),
    'stockpulse_loader_lag_seconds{topic="stock.ticks.v1"}': lambda t: (
        0 if not _is_open(t) else 120 if _since_open(t) < 3 else _noise(t, 4)
    ),
    'stockpulse_loader_lag_messages{topic="stock.ticks.backfill.v1"}': lambda t: (
        25_000 * _backfill_left(t)
    ),
    'stockpulse_loader_lag_seconds{topic="stock.ticks.backfill.v1"}': lambda t: (
        60 * (BACKFILL_MINUTES - _backfill_left(t)) if _backfill_left(t) else 0
    ),
    'stockpulse_loader_lost_messages{topic="stock.ticks.v1"}': lambda _: 0,
    'stockpulse_candles_staleness_seconds{kind="trade",level="1m"}': lambda t: (
        600 if _backfill_left(t) else _noise(t, 9)
    ),
    'stockpulse_candles_staleness_seconds{kind="quote",level="1d"}': lambda t: _noise(t, 20),
    "stockpulse_refresher_last_run_timestamp_seconds": lambda t: 60 * t - _noise(t, 40),
    "stockpulse_jobs_failed": lambda t: t in range(RESTARTS, RESTARTS + 6),
    "stockpulse_jobs_late": lambda t: 2 if _backfill_left(t) > 30 else 0,
    'stockpulse_verify_mismatches{kind="sample"}': lambda _: 0,
    "stockpulse_database_bytes": lambda t: 5e11 + 1e6 * t,
    "stockpulse_disk_full_days": lambda t: 5 if _backfill_left(t) > 10 else 200 - t // 1440,
    'stockpulse_rejects_unreviewed{reason="bad time"}': lambda t: (
        None if t < 60 else 1 + (t > 2_000) + 5 * (t > 9_000)
    ),
    # Once an hour, a little behind; the second try works. A day waits until its seventh hour.
    "stockpulse_archive_seen_timestamp_seconds": lambda t: 60 * (t // 60 * 60),
    "stockpulse_archive_failed": lambda t: t in range(RESTARTS, RESTARTS + 16),
    'stockpulse_archive_waiting_seconds{relation="trades"}': lambda t: (
        60 * _since_midnight(t) if 6 * 60 <= _since_midnight(t) < 7 * 60 else 0
    ),
    'stockpulse_slot_retained_bytes{slot="standby",active="true"}': lambda t: 1e6 * _noise(t, 500),
    "stockpulse_replicas_connected": lambda t: t not in range(RESTARTS + 20, RESTARTS + 23),
    'stockpulse_replica_lag_seconds{replica="standby"}': lambda t: (
        70 if _backfill_left(t) > 36 else _noise(t, 5)
    ),
    # While its exchange is closed, nothing is missed.
    'stockpulse_source_silent_seconds{source="alpaca"}': lambda t: (
        _noise(t, 400) if _is_open(t) else 0
    ),
    'stockpulse_source_silent_seconds{source="kraken"}': lambda t: _noise(t, 90),
    'stockpulse_source_silent_seconds{source="oanda"}': lambda t: (
        0 if FX_CLOSES <= _clock(t) < FX_OPENS else _noise(t, 60)
    ),
    'stockpulse_database_facts_missing{fact="sizes"}': lambda t: t in range(90, 100),
    'stockpulse_api_requests_total{job="stockpulse-api",status="200"}': lambda t: 300 * t,
    'stockpulse_api_requests_total{job="stockpulse-api",status="404"}': lambda t: 30 * t,
    'stockpulse_api_requests_total{job="stockpulse-api",status="499"}': lambda t: t,
    'stockpulse_api_requests_total{job="stockpulse-api",status="503"}': lambda t: (
        t // 60 + 40 * (t > 300)
    ),
    'stockpulse_api_refused_total{job="stockpulse-api"}': lambda t: 40 * (t > 300),
    'stockpulse_database_up{job="stockpulse-loader",instance="a:9108"}': lambda t: (
        t != RESTARTS + 12
    ),
    'stockpulse_broker_up{job="stockpulse-loader",instance="a:9108"}': lambda t: t != RESTARTS + 15,
    'stockpulse_database_read_timestamp_seconds{job="stockpulse-loader",instance="a:9108"}': (
        lambda t: 60 * t - _noise(t, 10)
    ),
    # A migration holds a lock for a moment.
    'stockpulse_loader_waiting{job="stockpulse-loader",instance="a:9108",reason="lock"}': (
        lambda t: t == RESTARTS + 18
    ),
    'stockpulse_loader_waiting{job="stockpulse-loader",instance="a:9108",reason="disk"}': (
        lambda _: 0
    ),
}


def unit_tests(rules: str, minutes: int) -> str:
    """Returns the input of `promtool test rules`: nothing fires, although some alerts pend."""
    week = {
        "interval": "1m",
        "input_series": [
            {"series": series, "values": _values(value, minutes)}
            for series, value in SERIES.items()
        ],
        "promql_expr_test": [
            {"expr": _counted("firing", minutes), "eval_time": f"{minutes}m", "exp_samples": []},
            {
                "expr": f"count({_counted('pending', minutes)}) > bool 5",
                "eval_time": f"{minutes}m",
                "exp_samples": [{"labels": "{}", "value": 1}],
            },
        ],
    }
    given = {"rule_files": [rules], "evaluation_interval": "1m", "tests": [week]}
    return yaml.safe_dump(given, width=1_000_000)


def _counted(state: str, minutes: int) -> str:
    alerts = f'ALERTS{{alertstate="{state}"}}'
    return f"count by (alertname) (count_over_time({alerts}[{minutes + 1}m]))"


def _values(value: Callable[[int], float | None], minutes: int) -> str:
    """Returns samples in promtool's notation: 1x2 is three times 1, _x2 twice no sample."""
    found = map(value, range(minutes + 1))
    samples = ("_" if one is None else repr(float(one)) for one in found)
    return " ".join(
        f"{sample}x{len([*same]) - (sample != '_')}" for sample, same in groupby(samples)
    )


def _clock(t: int) -> datetime:
    return START + timedelta(minutes=t)


def _is_open(t: int) -> bool:
    now = _clock(t)
    return now.weekday() < 5 and now.date() != HOLIDAY and OPENS <= now.time() < CLOSES


def _since_open(t: int) -> float:
    """Returns the minutes since the exchange opened on this day."""
    now = _clock(t)
    return (now - datetime.combine(now.date(), OPENS, UTC)) / timedelta(minutes=1)


def _since_midnight(t: int) -> int:
    now = _clock(t)
    return 60 * now.hour + now.minute


def _backfill_left(t: int) -> int:
    """Returns the minutes until the night's backfill is stored; 0 if there is none."""
    now = _clock(t)
    since = (now - datetime.combine(now.date(), BACKFILL, UTC)) // timedelta(minutes=1)
    return BACKFILL_MINUTES - since if 0 <= since < BACKFILL_MINUTES else 0


def _noise(t: int, below: int) -> int:
    """Returns a number that looks like chance, the same in every run."""
    return t * 7_919 % 9_973 % below
