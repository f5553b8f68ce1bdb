"""Apache Kafka's jars, downloaded by `mvn` from the repository that it is configured with."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

from stack import cache
from stack.providers import Report, Unavailable

VERSION = "4.1.1"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
CONNECT_MS = 5_000
ANSWER_MS = 10_000
FETCH_SECONDS = 300
COLOUR = re.compile(r"\x1b\[[\d;]*m")


def provide(cache_root: Path, environ: Mapping[str, str], report: Report) -> Path:
    """Returns a directory of jars, downloaded into the cache the first time.

    Raises Unavailable if mvn is missing or fails.
    """
    jars = cache_root / f"kafka-{VERSION}"
    if not jars.exists():
        mvn = shutil.which("mvn", path=environ.get("PATH"))
        if mvn is None:
            raise Unavailable("KAFKA_HOME is not set and mvn is missing")
        report(f"broker: downloading Apache Kafka {VERSION} with mvn (50 MB)")
        cache.build(jars, lambda building: _fetch(mvn, building, environ))
    return jars


def _fetch(mvn: str, jars: Path, environ: Mapping[str, str]) -> None:
    options = {
        "kafka.version": VERSION,
        "outputDirectory": str(jars),
        # Timeouts by the names of Maven 3.8, then of 3.9.
        "maven.wagon.rto": str(ANSWER_MS),
        "maven.wagon.http.connectionTimeout": str(CONNECT_MS),
        "aether.connector.connectTimeout": str(CONNECT_MS),
        "aether.connector.requestTimeout": str(ANSWER_MS),
    }
    with as_file(files("stack.broker") / "kafka.pom.xml") as pom:
        command = [mvn, "--quiet", "--batch-mode", "--strict-checksums", "--file", str(pom)]
        command += [f"-D{name}={value}" for name, value in options.items()]
        _run([*command, f"{PLUGIN}:copy-dependencies"], environ)


def _run(command: list[str], environ: Mapping[str, str]) -> None:
    try:
        run = subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"mvn took longer than {FETCH_SECONDS} s") from error
    if run.returncode:
        output = run.stdout.strip() or run.stderr.strip() or "no message"
        reason = COLOUR.sub("", output).splitlines()[0].removeprefix("[ERROR] ")
        raise Unavailable(f"mvn failed: {reason[:200]}")
