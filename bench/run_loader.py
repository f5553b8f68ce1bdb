"""One loader, until the end of its topic; prints its figures as JSON."""

import json
import resource
import sys
import threading

from cli.loading import tune
from db.settings import Settings
from ingest.load import load


def main() -> None:
    url, servers, topic, group = sys.argv[1:]
    settings = Settings(database_url=url, bootstrap_servers=servers, topics=(topic,), group=group)
    tune()
    loaded = load(settings, threading.Event(), until_end=True)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps({
            "rows": loaded.rows,
            "seconds": loaded.seconds,
            "stages": loaded.stages,
            "cpu_seconds": used.ru_utime + used.ru_stime,
            "peak_rss_mb": used.ru_maxrss / 1024,
        })
    )  # fmt: skip


if __name__ == "__main__":
    main()
