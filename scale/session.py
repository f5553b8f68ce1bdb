"""Spark sessions with our Iceberg catalog, in which decimals are exact or an error."""

import logging
import math
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import psycopg
from pyiceberg.utils.config import Config

from archive import settings as archive_settings
from archive.catalog import NAME, SCHEMA
from db import connect
from db.errors import SettingsError, StockpulseError
from scale import jars
from scale.settings import SparkSettings

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

OWNER = "stockpulse_owner"
EVENTS_PER_PART = 500_000
# Without them a cast that does not fit gives null, times are local, and a product of two
# decimal(38,18) keeps six decimals.
EXACT = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    # Times in Parquet files as other readers have them, with their zone.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
QUIET = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",  # errors are exceptions
}
ON_THIS_MACHINE = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
CATALOG_JARS = ("iceberg-spark-runtime", "postgresql")
KAFKA_JARS = ("spark-sql-kafka", "spark-token-provider-kafka", "kafka-clients", "commons-pool2")
RAISED = re.compile(r"\[USER_RAISED_EXCEPTION\] (.*?)(?: SQLSTATE: \w+)?$", re.MULTILINE)
EXCEPTION = re.compile(r"^Exception in thread .*?: (.+)$", re.MULTILINE)
CALLING = re.compile(r"^An error occurred while calling \S+ : (?:[\w.$]+: )?")
SENDING = "while sending command."  # py4j logs it to the root, with a trace
STOPPED = "stopped SparkContext"
# pyiceberg's names of what S3 needs, and those of Iceberg's own library.
S3 = {
    "s3.endpoint": "s3.endpoint",
    "s3.access-key-id": "s3.access-key-id",
    "s3.secret-access-key": "s3.secret-access-key",
    "s3.session-token": "s3.session-token",
    "s3.region": "client.region",
}


class JobFailed(StockpulseError):
    """A Spark job ended with an error."""


@contextmanager
def session(
    settings: SparkSettings,
    name: str,
    master: str,
    *,
    kafka: bool = False,
    with_catalog: bool = True,
) -> "Iterator[SparkSession]":
    """Gives a session of Spark, which ends with it.

    `master` is Spark's address of a cluster, or local[2]. Raises SettingsError if jars are missing,
    JobFailed for what goes wrong within.
    """
    from pyspark import SparkConf, SparkContext
    from pyspark.sql import SparkSession

    needed = (*(CATALOG_JARS if with_catalog else ()), *(KAFKA_JARS if kafka else ()))
    options = _options(jars.find(settings.spark_jars, needed), master)
    if with_catalog:
        options |= _catalog(settings)
    logging.getLogger("SQLQueryContextLogger").disabled = True  # every error, as JSON
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    logging.getLogger().addFilter(lambda record: not str(record.msg).endswith(SENDING))
    with translated():
        conf = SparkConf().setAppName(name).setMaster(master).setAll(list(options.items()))
        handler = signal.getsignal(signal.SIGINT)
        context = SparkContext(conf=conf, gateway=_start_java(conf))
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, handler)  # Spark's own ends in an error of Java
        spark = SparkSession(context)
        try:
            yield spark
        finally:
            if not isinstance(sys.exception(), KeyboardInterrupt):  # Java ends with the process
                spark.stop()


def _start_java(conf: "SparkConf") -> "JavaGateway | None":
    """Starts Java, of whose own messages the user sees the first, if it ends; None: it runs."""
    from pyspark import SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway

    if SparkContext._gateway is not None:
        return None
    with tempfile.TemporaryFile("w+") as output:
        try:
            return launch_gateway(conf, {"stdout": output, "stderr": output})
        except PySparkRuntimeError as error:
            output.seek(0)
            raise JobFailed(f"Spark did not start: {_why(output.read())}") from error


def _why(output: str) -> str:
    if raised := EXCEPTION.search(output):
        return raised[1]
    first = next(iter(output.splitlines()), "Java ended without a word")
    return f"{first}; it needs Java 17, in JAVA_HOME or PATH"


def divide(spark: "SparkSession", events: int) -> None:
    """Sets into how many parts events are divided: 200, Spark's own, are too many for small days.

    Each part is a task for each level.
    """
    parts = max(spark.sparkContext.defaultParallelism, math.ceil(events / EVENTS_PER_PART))
    spark.conf.set("spark.sql.shuffle.partitions", parts)


def _options(paths: list[Path], master: str) -> dict[str, str]:
    options = {**EXACT, **QUIET, "spark.jars": ",".join(map(str, paths))}
    return options | ON_THIS_MACHINE if master.startswith("local") else options


def _catalog(settings: SparkSettings) -> dict[str, str]:
    """Returns the settings of the same catalog that the archive is written with."""
    warehouse = archive_settings.location(settings)
    with connect.connect(settings.database_url, application_name="stockpulse spark") as conn:
        url, login = _jdbc(conn)
    options = {
        "": "org.apache.iceberg.spark.SparkCatalog",
        ".type": "jdbc",
        ".uri": url,
        ".warehouse": warehouse,
        ".jdbc.schema-version": "V1",
        **{f".jdbc.{key}": value for key, value in login.items()},
    }
    if warehouse.startswith(archive_settings.S3):
        given: Any = Config().get_catalog_config(NAME) or {}
        options[".io-impl"] = "org.apache.iceberg.aws.s3.S3FileIO"
        options[".s3.path-style-access"] = "true"
        options |= {f".{S3[key]}": str(given[key]) for key in S3 if given.get(key)}
    return {f"spark.sql.catalog.{NAME}{key}": value for key, value in options.items()}


def _jdbc(conn: psycopg.Connection[Any]) -> tuple[str, dict[str, str]]:
    """Returns the address of a connection as JDBC spells it, and its login."""
    info = conn.info
    if info.host.startswith(("/", "@")):
        raise SettingsError(
            "Spark cannot use a Unix socket: set STOCKPULSE_DATABASE_URL to a host and a port"
        )
    given = {**info.get_parameters(), "options": f"-c role={OWNER}", "currentSchema": SCHEMA}
    kept = ("sslmode", "sslrootcert", "options", "currentSchema")
    query = urlencode({key: given[key] for key in kept if given.get(key)}, quote_via=quote)
    host = f"[{info.host}]" if ":" in info.host else info.host
    login = {"user": info.user, "password": info.password}
    return (
        f"jdbc:postgresql://{host}:{info.port}/{quote(info.dbname, safe='')}?{query}",
        {key: value for key, value in login.items() if value},
    )


@contextmanager
def translated() -> Iterator[None]:
    """Translates Spark's errors to one line: the reason that our SQL gives, else the first."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        text = str(error)
        raised = RAISED.search(text)
        reason = raised[1] if raised else _first_reason(text)
        raise JobFailed(f"Spark: {reason}") from error


def _first_reason(text: str) -> str:
    """Returns the innermost cause of a Java exception as it was printed, in one line."""
    causes = re.findall(r"^Caused by: [\w.$]+: (.+)$", text, re.MULTILINE)
    lines = [line for line in text.splitlines() if line.strip()]
    reason = str(causes[-1] if causes else CALLING.sub("", " ".join(lines[:2])))[:500]
    if STOPPED in reason:
        return "the cluster ended the job, or --master was not reached"
    return reason
