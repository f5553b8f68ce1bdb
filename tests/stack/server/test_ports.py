"""Ports for servers."""

import socket
from pathlib import Path

from stack.server.ports import free_ports, port_is_free

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_free_ports_lie_below_the_range_of_outgoing_connections() -> None:
    first_outgoing = int(RANGE.read_text().split()[0]) if RANGE.exists() else 49_152
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert max(ports) < first_outgoing
    assert all(map(port_is_free, ports))


def test_a_port_with_a_listener_is_not_free() -> None:
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        assert not port_is_free(port)
    assert port_is_free(port)
