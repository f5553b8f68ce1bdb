"""Apache Kafka in a Docker container."""

from collections.abc import Callable, Mapping

from stack.server.container import Container
from stack.server.ports import free_ports
from stack.server.running import start_or_discard

IMAGE = "apache/kafka:4.1.1"


def start_container(configuration: Mapping[str, str], answers: Callable[[str], bool]) -> Container:
    """Returns a running node; `answers` says whether the broker at an address responds.

    `configuration` holds broker settings. Raises Unavailable without Docker.
    """
    port = free_ports(1)[0]
    listeners = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": "1@localhost:9093",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    }
    container = Container(
        IMAGE,
        9092,
        port,
        environ=environment({**listeners, **configuration}),
        command=[],
        url=f"127.0.0.1:{port}",
        answers=answers,
    )
    start_or_discard(container, container.remove)
    return container


def environment(configuration: Mapping[str, str]) -> dict[str, str]:
    """Returns the image's variables for these settings: node.id is KAFKA_NODE_ID."""
    return {f"KAFKA_{k.upper().replace('.', '_')}": v for k, v in configuration.items()}
