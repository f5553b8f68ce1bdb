"""A market that is loaded and archived, the command with Spark, and a session for single queries.

Without the extra `spark`, Java or the jars of Spark (STOCKPULSE_SPARK_JARS) tests here are skipped.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

pytest.importorskip("pyiceberg", reason="needs the extra `archive`")

from archive import run
from archive.settings import ArchiveSettings
from cli.progress import no_progress
from scale.settings import SparkSettings
from stack.broker import Broker
from tests import support
from tests.faults.loaders import Loader
from tests.scale import market

TRADES = int(os.environ.get("SCALE_TRADES", "20000"))
ROOT = Path(__file__).parents[2]
RUN_SECONDS = 1800.0
PARTITIONS = 2
# Of tests with a session in their own process, in which Spark leaves a socket per answer open.
WITH_SESSION = (
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
)
# Spark's drivers live for a minute, of which the optimising compiler would take half.
JAVA = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1", "SPARK_LOCAL_IP": "127.0.0.1"}


@pytest.fixture(scope="session")
def jars() -> str:
    """The directory of Spark's jars."""
    pytest.importorskip("pyspark", reason="needs the extra `spark`")
    if shutil.which("java") is None:
        pytest.skip("needs Java 17")
    directory = os.environ.get("STOCKPULSE_SPARK_JARS", "")
    if not directory:
        pytest.skip("needs STOCKPULSE_SPARK_JARS, see docs/how-to/spark.md")
    return directory


class Scene:
    """A database, a broker with topics, a warehouse, and the command run against them."""

    def __init__(self, url: str, servers: str, home: Path, jars: str) -> None:
        self.url = url
        self.servers = servers
        self.home = home
        self.settings = SparkSettings(
            database_url=url,
            warehouse=str(home / "warehouse"),
            spark_jars=jars,
            bootstrap_servers=servers,
        )
        self.environ = {
            **{key: text for key, text in os.environ.items() if not key.startswith("STOCKPULSE_")},
            **JAVA,
            "STOCKPULSE_DATABASE_URL": url,
            "STOCKPULSE_WAREHOUSE": self.settings.warehouse,
            "STOCKPULSE_SPARK_JARS": jars,
            "STOCKPULSE_GROUP": support.unique("group"),
            "KAFKA_BOOTSTRAP_SERVERS": servers,
        }
        self._runs = 0

    def start(self, *words: str, **environ: str) -> Loader:
        """Starts the command."""
        self._runs += 1
        log = self.home / f"{words[0]}-{self._runs}.log"
        return Loader(words, log, self.environ | environ)

    def run(self, *words: str, **environ: str) -> Loader:
        """Runs the command to its end; fails if it does."""
        ended = self.start(*words, **environ)
        assert ended.wait(RUN_SECONDS) == 0, ended.output[-3000:]
        return ended

    def refused(self, *words: str) -> str:
        """Runs the command, which has to fail; returns its last line."""
        ended = self.start(*words)
        assert ended.wait(RUN_SECONDS) == 1, ended.output[-3000:]
        return ended.output.splitlines()[-1]

    def load(self, *topics: str) -> None:
        """Loads what topics hold now."""
        self.run("load", "--until-end", STOCKPULSE_TOPICS=",".join(topics))

    def archive(self) -> None:
        """Archives what is not archived."""
        found = run.archive(ArchiveSettings(**self._archive()), no_progress)
        assert found.refused == []

    def offsets(self) -> dict[int, int]:
        """Returns the ends of the partitions of the topic `plain_...`."""
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": "none"})
        try:
            parts = [TopicPartition(self.plain, number) for number in range(PARTITIONS)]
            return {one.partition: consumer.get_watermark_offsets(one)[1] for one in parts}
        finally:
            consumer.close()

    def _archive(self) -> dict[str, Any]:
        return {"database_url": self.url, "warehouse": self.settings.warehouse}


@pytest.fixture(scope="session")
def loaded(
    template: str,
    maintenance: support.Maintenance,
    kafka: Broker,
    jars: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """A market of TRADES trades and a fifth as many quotes, loaded and archived.

    Half of the trades, of sources without rules, are in the topic `plain_...`.
    """
    topics = plain, mixed = [support.unique("plain"), support.unique("mixed")]
    kafka.create_topics(topics, partitions=PARTITIONS)
    servers = kafka.bootstrap_servers
    market.send(servers, plain, market.trades(TRADES // 2, 1, rules=False))
    market.send(servers, mixed, market.trades(TRADES - TRADES // 2, 2, rules=True))
    market.send(servers, mixed, market.quotes(TRADES // 5, 3))
    with ExitStack() as stack:
        url = stack.enter_context(support.copy_of(template, maintenance))
        scene = Scene(url, servers, tmp_path_factory.mktemp("scale"), jars)
        scene.plain = plain
        scene.load(*topics)
        scene.archive()
        yield scene


@pytest.fixture(scope="session")
def spark(jars: str) -> Iterator[Any]:
    """A session of Spark with Kafka and without a catalog, as the jobs have it."""
    from scale import session

    os.environ.update(JAVA)
    settings = SparkSettings(spark_jars=jars)
    with session.session(settings, "tests", "local[2]", kafka=True, with_catalog=False) as spark:
        yield spark
