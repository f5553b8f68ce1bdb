"""PostgreSQL with TimescaleDB and Apache Kafka as Docker containers, through testcontainers."""

import importlib
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from stack import process
from stack.providers import Unavailable

POSTGRES_IMAGE = "timescale/timescaledb:2.29.2-pg17"
KAFKA_IMAGE = "apache/kafka:4.1.1"
DOCKER_SOCKET = "/var/run/docker.sock"
ENGINE_SECONDS = 3  # an engine that is there answers at once
START_SECONDS = 120.0
POSTGRES_SETTINGS = {
    "max_locks_per_transaction": "512",
    "max_worker_processes": "24",
    "timescaledb.max_background_workers": "8",
    "timescaledb.telemetry_level": "off",
    "jit": "off",
    "timezone": "UTC",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
}


class Container:
    """A container on a fixed port of 127.0.0.1, so that a restart keeps its address."""

    def __init__(
        self,
        image: str,
        inner_port: int,
        port: int,
        *,
        environ: Mapping[str, str],
        command: list[str],
        url: str,
        answers: Callable[[str], bool],
    ) -> None:
        self.url = url
        self._answers = answers
        self._container = _engine().DockerContainer(image)
        self._container.with_envs(**environ)
        if command:
            self._container.with_command(command)
        self._container.ports[f"{inner_port}/tcp"] = ("127.0.0.1", port)
        self._created = False

    def start(self) -> None:
        """Creates the container, or starts the one that was stopped or killed."""
        if self._created:
            self._wrapped().start()
        else:
            self._create()
        deadline = time.monotonic() + START_SECONDS
        while not self._answers(self.url):
            if time.monotonic() > deadline:
                raise Unavailable(f"{self._container.image} does not answer")
            time.sleep(process.POLL_SECONDS)

    def stop(self) -> None:
        """Ends the server inside cleanly; its data stay."""
        if self._created:
            self._wrapped().stop(timeout=60)

    def kill(self) -> None:
        """Ends the server inside by SIGKILL."""
        self._wrapped().kill()

    def remove(self) -> None:
        """Removes the container and its data."""
        if self._created:
            self._container.stop()
            self._created = False

    def _create(self) -> None:
        docker_errors = importlib.import_module("docker.errors")
        try:
            self._container.start()
        except docker_errors.DockerException as error:
            raise Unavailable(f"{self._container.image} does not start: {error}") from error
        self._created = True

    def _wrapped(self) -> Any:
        return self._container.get_wrapped_container()


def postgres(settings: Mapping[str, str], answers: Callable[[str], bool]) -> Container:
    """Starts TimescaleDB Community; `answers` tells whether it is ready at a URL."""
    port, password = process.free_ports(1)[0], secrets.token_hex(16)
    chosen = {**POSTGRES_SETTINGS, **settings}
    container = Container(
        POSTGRES_IMAGE,
        5432,
        port,
        environ={"POSTGRES_PASSWORD": password, "POSTGRES_DB": "stockpulse"},
        command=["postgres", *(part for k, v in chosen.items() for part in ("-c", f"{k}={v}"))],
        url=f"postgresql://postgres:{password}@127.0.0.1:{port}/stockpulse",
        answers=answers,
    )
    return _started(container)


def kafka(configuration: Mapping[str, str], answers: Callable[[str], bool]) -> Container:
    """Starts one Kafka node with these broker settings."""
    port = process.free_ports(1)[0]
    listeners = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": "1@localhost:9093",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    }
    chosen = {**listeners, **configuration}
    container = Container(
        KAFKA_IMAGE,
        9092,
        port,
        environ={f"KAFKA_{k.upper().replace('.', '_')}": v for k, v in chosen.items()},
        command=[],
        url=f"127.0.0.1:{port}",
        answers=answers,
    )
    return _started(container)


def _started(container: Container) -> Container:
    try:
        container.start()
    except BaseException:
        container.remove()
        raise
    return container


def _engine() -> Any:
    """Returns testcontainers' container module if a Docker engine listens."""
    if not _engine_listens():
        raise Unavailable("no Docker engine answers")
    try:
        return importlib.import_module("testcontainers.core.container")
    except ImportError as error:
        raise Unavailable("testcontainers is missing; pip install 'stockpulse[stack]'") from error


def _engine_listens() -> bool:
    host = os.environ.get("DOCKER_HOST", f"unix://{DOCKER_SOCKET}")
    if not host.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as engine:
        engine.settimeout(ENGINE_SECONDS)
        try:
            engine.connect(host.removeprefix("unix://"))
        except OSError:
            return False
    return True
