"""Settings of the Spark jobs."""

from typing import ClassVar

from archive.settings import ArchiveSettings


class SparkSettings(ArchiveSettings, frozen=True, kw_only=True):
    """Settings of a process that starts a Spark driver."""

    OTHER_VARIABLES: ClassVar[frozenset[str]] = frozenset({"bootstrap_servers"})

    spark_jars: str = ""  # a directory with the jars of docs/how-to/spark.md
    bootstrap_servers: str = "127.0.0.1:9092"
