"""Gauges of what the broker holds for loaders; docs/runbooks/monitoring.md has the same list."""

from ingest.monitor.gauges import Gauge

# Always there, the time once there has been one.
STATE = (
    Gauge("stockpulse_broker_up", "Whether a broker answered the last reading."),
    Gauge(
        "stockpulse_broker_read_timestamp_seconds",
        "Time of the last reading of the broker that succeeded, in Unix seconds.",
    ),
)

# Absent while broker or database is away, once the last reading is older than 30 seconds.
LAG = (
    Gauge(
        "stockpulse_loader_lag_messages",
        "Messages of a topic that are not stored yet, of all its partitions.",
        ("topic",),
    ),
    Gauge(
        "stockpulse_loader_lag_seconds",
        "How long the oldest message of a topic that is not stored has waited; 0 if none does.",
        ("topic",),
    ),
    Gauge(
        "stockpulse_loader_held_messages",
        "Messages of a topic that wait for the end of a transaction of their producer.",
        ("topic",),
    ),
    Gauge(
        "stockpulse_loader_lost_messages",
        "Messages of a topic that the broker dropped before they were stored.",
        ("topic",),
    ),
)
