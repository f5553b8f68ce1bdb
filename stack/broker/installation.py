"""A Java and the jars of an Apache Kafka on this machine."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec

from stack.broker import maven
from stack.providers import Report, Unavailable

OLDEST_JAVA = 17


class Installation(msgspec.Struct, frozen=True):
    """The Java and the jars that run one Kafka node."""

    java: str
    jars: Path
    version: str  # "4.1.1"
    origin: str  # "found in ..." or "jars from mvn"


def find(cache_root: Path, environ: Mapping[str, str], report: Report) -> Installation:
    """Returns the Kafka in KAFKA_HOME, else one whose jars mvn downloads.

    Raises Unavailable without Java 17 or newer, or if neither has a Kafka.
    """
    java = _java(environ)
    if home := environ.get("KAFKA_HOME"):
        jars, origin = Path(home) / "libs", f"found in {home}"
    else:
        jars, origin = maven.provide(cache_root, environ, report), "jars from mvn"
    for jar in jars.glob("kafka-clients-*.jar"):
        if match := re.fullmatch(r"kafka-clients-(\d[\d.]*)\.jar", jar.name):
            return Installation(java, jars, match[1], origin)
    raise Unavailable(f"{jars} contains no Kafka")


def _java(environ: Mapping[str, str]) -> str:
    home = environ.get("JAVA_HOME")
    java = f"{home}/bin/java" if home else shutil.which("java", path=environ.get("PATH"))
    if java is None:
        raise Unavailable("java is missing")
    try:
        run = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{java} does not run") from error
    match = re.search(r'version "(\d+)', run.stderr)
    if not match or int(match[1]) < OLDEST_JAVA:
        raise Unavailable(f"{java} is not Java {OLDEST_JAVA} or newer")
    return java
