"""Where servers listen."""

import socket
from pathlib import Path

from stack import process

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_ports_are_free_and_none_that_a_client_could_hold() -> None:
    first_outgoing = int(RANGE.read_text().split()[0]) if RANGE.exists() else 49_152
    ports = process.free_ports(20)
    assert len(set(ports)) == 20
    assert max(ports) < first_outgoing
    assert all(map(process.port_is_free, ports))


def test_a_port_somebody_listens_on_is_not_free() -> None:
    (port,) = process.free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        assert not process.port_is_free(port)
    assert process.port_is_free(port)
