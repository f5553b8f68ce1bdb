"""Runs one loader until the end of its topic; prints its report as JSON."""

import json
import resource
import sys
import threading
from pathlib import Path

from cli.load import tune
from ingest.loader.run import load
from ingest.loader.settings import LoaderSettings


def main() -> None:
    url, servers, topic, group = sys.argv[1:]
    settings = LoaderSettings(
        database_url=url, bootstrap_servers=servers, topics=(topic,), group=group
    )
    tune()
    report = load(settings, threading.Event(), until_end=True)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps({
            "rows": report.rows,
            "seconds": report.seconds,
            "stages": report.stages,
            "cpu_seconds": used.ru_utime + used.ru_stime,
            "peak_rss_mb": round(peak_kb() / 1024),
        })
    )  # fmt: skip


def peak_kb() -> int:
    """Returns the peak of this process alone; getrusage() includes the one that forked it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
