"""The jars that Spark needs: fetched by Maven, and found in STOCKPULSE_SPARK_JARS."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from db.candles.progress import Progress
from db.errors import SettingsError, StockpulseError, UsageError

# These versions ran together. One by one, as Maven failed to resolve what they depend on.
COORDINATES = (
    "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0",
    "org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.1",
    "org.apache.spark:spark-token-provider-kafka-0-10_2.13:4.1.1",
    "org.apache.kafka:kafka-clients:3.9.1",
    "org.apache.commons:commons-pool2:2.12.1",
    "org.postgresql:postgresql:42.7.14",
)
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
FETCH_SECONDS = 300


class FetchFailed(StockpulseError):
    """Maven could not fetch a jar."""


def fetch(directory: Path, progress: Progress) -> None:
    """Puts the jars that are missing into a directory; raises UsageError without mvn, FetchFailed.

    From the repository that Maven is configured with.
    """
    mvn = shutil.which("mvn")
    if mvn is None:
        raise UsageError("mvn is missing: Apache Maven fetches the jars")
    directory.mkdir(parents=True, exist_ok=True)
    with progress("jars", len(COORDINATES), "files") as advance:
        for coordinate in COORDINATES:
            _, artifact, version = coordinate.split(":")
            if not (directory / f"{artifact}-{version}.jar").exists():
                _copy(mvn, coordinate, directory)
            advance(1)


def _copy(mvn: str, coordinate: str, directory: Path) -> None:
    command = [mvn, "--quiet", "--batch-mode", "--strict-checksums", PLUGIN]
    command += [f"-Dartifact={coordinate}", f"-DoutputDirectory={directory.resolve()}"]
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise FetchFailed(f"mvn took longer than {FETCH_SECONDS} s for {coordinate}") from error
    if run.returncode:
        lines = [*run.stdout.splitlines(), *run.stderr.splitlines(), "no message"]
        raise FetchFailed(f"mvn could not fetch {coordinate}: {lines[0][:300]}")


def find(directory: str, needed: Iterable[str]) -> list[Path]:
    """Returns the jars in a directory, which has all whose names begin with one of `needed`.

    Raises SettingsError if it has not.
    """
    if not directory:
        raise SettingsError(
            "STOCKPULSE_SPARK_JARS is not set: the directory of the jars that Spark needs;"
            " stockpulse spark jars DIRECTORY fetches them"
        )
    found = sorted(Path(directory).glob("*.jar"))
    for name in needed:
        if not any(jar.name.startswith(f"{name}-") for jar in found):
            raise SettingsError(
                f"STOCKPULSE_SPARK_JARS is {directory!r}, which has no {name}-*.jar;"
                " stockpulse spark jars DIRECTORY fetches it"
            )
    return found
