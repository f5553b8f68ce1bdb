"""The state of each source while feeds run, for the log and the metrics."""

import time

import msgspec


class Health(msgspec.Struct):
    """The state of one source; counts are since the start of the process."""

    source: str
    state: str = "starting"  # connecting, connected, waiting, parked, stopped
    detail: str = ""
    subscribed: int = 0
    acknowledged: int = 0
    refused: int = 0
    frames: int = 0
    events: int = 0
    bad_frames: int = 0
    reconnects: int = 0
    gaps: int = 0  # runs of events that the source knows it missed
    lag_seconds: float = 0.0  # from the venue's time of the newest event to its receipt
    connected_at: float | None = None  # Unix seconds
    lost_at: float = msgspec.field(
        default_factory=time.time
    )  # of the last connection, or the start
