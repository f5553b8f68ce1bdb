"""One Apache Kafka node in KRaft mode: a data directory, two ports, a JVM as a child process."""

import base64
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from db.errors import StockpulseError
from stack.broker.installation import Installation
from stack.server.child import Child
from stack.server.ports import free_ports, port_is_free

START_SECONDS = 60.0
FORMAT_SECONDS = 60

# Also the configuration of the container.
CONFIGURATION = {
    "auto.create.topics.enable": "true",
    "num.partitions": "4",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # A killed node can register again only after the controller has fenced its previous session.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # A record carries its tick's time: retention by age would delete a backfill as it arrives.
    "log.retention.ms": "-1",
    "log.retention.bytes": str(4 * 1024**3),
}
LOGGING = """
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c %m%n
rootLogger.level = error
rootLogger.appenderRef.console.ref = console
"""


class Ports(msgspec.Struct, frozen=True):
    """Ports of a node, stored beside its data so that they survive a restart."""

    broker: int
    controller: int


class Node:
    """A Kafka node in the directory `home`, formatted by the first start.

    `answers` says whether a broker responds at an address. `listeners` are ports by the names of
    further listeners, `configuration` are settings of the broker beside the usual ones.
    """

    def __init__(
        self,
        installation: Installation,
        home: Path,
        answers: Callable[[str], bool],
        *,
        listeners: Mapping[str, int] | None = None,
        configuration: Mapping[str, str] | None = None,
    ) -> None:
        self.installation = installation
        self.home = home.absolute()
        self._answers = answers
        self._listeners = dict(listeners or {})
        self._configuration = {**CONFIGURATION, **(configuration or {})}
        self._child: Child | None = None
        self._ports: Ports | None = None

    @property
    def bootstrap_servers(self) -> str:
        """The broker's address."""
        if self._ports is None:
            raise StockpulseError("Kafka was never started")
        return f"127.0.0.1:{self._ports.broker}"

    @property
    def pid(self) -> int:
        """The node's process id."""
        if self._child is None:
            raise StockpulseError("Kafka is not running")
        return self._child.process.pid

    def start(self) -> None:
        """Starts the node, with recovery if it was killed; returns once it answers.

        Raises StockpulseError if it does not start.
        """
        if self._child and self._child.running:
            return
        self.home.mkdir(parents=True, exist_ok=True)
        self._ports = self._load_ports()
        self._configure(self._ports)
        if not (self.home / "data" / "meta.properties").exists():
            self._format()
        child = self._child = Child(
            [*self._java_command("kafka.Kafka"), self.home / "server.properties"],
            log=self.home / "kafka.log",
            cwd=self.home,
        )
        try:
            child.wait_until(lambda: self._answers(self.bootstrap_servers), START_SECONDS, "Kafka")
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stops the node cleanly; its data is kept."""
        if self._child:
            self._child.stop()
            self._child = None

    def kill(self) -> None:
        """Ends the node with SIGKILL, as a crash would."""
        if self._child is None:
            raise StockpulseError("Kafka is not running")
        self._child.kill()
        self._child = None

    def _load_ports(self) -> Ports:
        file = self.home / "ports.json"
        ports = msgspec.json.decode(file.read_bytes(), type=Ports) if file.exists() else None
        if ports is None or not all(map(port_is_free, (ports.broker, ports.controller))):
            ports = Ports(*free_ports(2))
            file.write_bytes(msgspec.json.encode(ports))
        return ports

    def _configure(self, ports: Ports) -> None:
        further = [f"{name}://localhost:{port}" for name, port in self._listeners.items()]
        listeners = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{ports.controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": ",".join(
                [
                    f"PLAINTEXT://127.0.0.1:{ports.broker}",
                    f"CONTROLLER://127.0.0.1:{ports.controller}",
                    *further,
                ]
            ),
            "log.dirs": str(self.home / "data"),
        }
        settings = {**self._configuration, **listeners}
        lines = [f"{name}={value}\n" for name, value in settings.items()]
        (self.home / "server.properties").write_text("".join(lines))
        (self.home / "log4j2.properties").write_text(LOGGING)

    def _format(self) -> None:
        shutil.rmtree(self.home / "data", ignore_errors=True)  # left by an interrupted run
        cluster_id = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        command = [*self._java_command("kafka.tools.StorageTool"), "format"]
        command += ["--cluster-id", cluster_id, "--config", str(self.home / "server.properties")]
        run = subprocess.run(
            command, cwd=self.home, capture_output=True, text=True, timeout=FORMAT_SECONDS
        )
        if run.returncode:
            raise StockpulseError(f"Kafka's storage tool failed: {run.stderr.strip()[-300:]}")

    def _java_command(self, main: str) -> list[str]:
        return [
            self.installation.java,
            *("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-Djava.awt.headless=true"),
            *("-XX:TieredStopAtLevel=1",) * (main != "kafka.Kafka"),
            f"-Dlog4j2.configurationFile={self.home / 'log4j2.properties'}",
            f"-Dkafka.logs.dir={self.home}",
            *("-cp", f"{self.installation.jars}{os.sep}*", main),
        ]
