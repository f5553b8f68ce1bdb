"""Apache Kafka's jars from the Maven repository that `mvn` is configured with."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from stack import cache
from stack.providers import Say, Unavailable

VERSION = "4.1.1"
# One small file tells within seconds whether the repository answers; the jars take their time.
PROBE_SECONDS = 20
FETCH_SECONDS = 300


def provide(cache_root: Path, environ: Mapping[str, str], say: Say) -> Path:
    """Returns a directory of jars, fetched into the cache the first time."""
    jars = cache_root / f"kafka-{VERSION}"
    if not jars.exists():
        mvn = shutil.which("mvn", path=environ.get("PATH"))
        if mvn is None:
            raise Unavailable("KAFKA_HOME is not set and mvn is missing")
        say(f"broker: fetching Apache Kafka {VERSION} with mvn (50 MB)")
        cache.build(jars, lambda building: _fetch(mvn, building, environ))
    return jars
