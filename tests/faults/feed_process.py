"""Runs feeds as `stockpulse feed` does, on a clock that runs faster: the hour of a test is short.

Arguments: a feeds.toml, the topic, Unix seconds at which the clock starts, when it was started, and
how fast it runs.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli import logs
from cli import settings as cli_settings
from cli.stopping import stopping
from ingest.feed import run as feeds
from ingest.feed import settings
from ingest.feed.supervisor import Pace


def clock(base: float, started: float, speed: float):
    """Returns a clock that showed `base` at the real time `started`."""

    def now() -> datetime:
        passed = timedelta(seconds=(datetime.now(UTC).timestamp() - started) * speed)
        return datetime.fromtimestamp(base, UTC) + passed

    return now


if __name__ == "__main__":
    file, topic = sys.argv[1:3]
    base, started, speed = map(float, sys.argv[3:6])
    logs.configure(20)
    with stopping() as stop:
        feeds.run(
            cli_settings.read(os.environ).loader,
            feeds.prepare(settings.read_file(Path(file)), os.environ),
            stop,
            topic=topic,
            dead_letters=f"{topic}.dead",
            pace=Pace(now=clock(base, started, speed), base=0.1, park=0.5),
        )
