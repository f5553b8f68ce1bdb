"""Times that the samples have, and events with fewer words."""

# 2026-02-27T12:05:00Z, in microseconds since 2000-01-01: 9554 days and 43,500 seconds.
NOON_US = (9554 * 86_400 + 43_500) * 1_000_000
