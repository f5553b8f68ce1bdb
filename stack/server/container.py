"""A server in a Docker container, through testcontainers."""

import importlib
import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from stack.providers import Unavailable
from stack.server.child import POLL_SECONDS

DOCKER_SOCKET = "/var/run/docker.sock"
ENGINE_SECONDS = 3  # a running engine accepts connections at once
START_SECONDS = 120.0


class Container:
    """A container on a fixed port of 127.0.0.1, so that its address survives a restart."""

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
        self._container = _docker_container_module().DockerContainer(image)
        self._container.with_envs(**environ)
        if command:
            self._container.with_command(command)
        self._container.ports[f"{inner_port}/tcp"] = ("127.0.0.1", port)
        self._created = False

    def start(self) -> None:
        """Creates the container, or starts it again after a stop or a kill."""
        if self._created:
            self._wrapped().start()
        else:
            self._create()
        deadline = time.monotonic() + START_SECONDS
        while not self._answers(self.url):
            if time.monotonic() > deadline:
                raise Unavailable(f"{self._container.image} does not answer")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stops the server in the container cleanly; its data is kept."""
        if self._created:
            self._wrapped().stop(timeout=60)

    def kill(self) -> None:
        """Ends the server in the container with SIGKILL."""
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


def _docker_container_module() -> Any:
    """Returns testcontainers' module; raises Unavailable without it or without Docker."""
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
