"""TCP ports of 127.0.0.1 for servers to listen on."""

import random
import socket
from itertools import islice

SERVER_PORTS = range(20_000, 32_768)  # below the range that Linux uses for outgoing connections
_random = random.SystemRandom()  # tests seed the shared generator and would all pick the same ports


def free_ports(count: int) -> list[int]:
    """Returns `count` different ports that nothing listens on.

    None lies in the range of outgoing connections: a client connection, perhaps to the very server
    that is restarting, could occupy such a port.
    """
    shuffled = _random.sample(SERVER_PORTS, len(SERVER_PORTS))
    return list(islice(filter(port_is_free, shuffled), count))


def port_is_free(port: int) -> bool:
    """Returns whether a server could listen on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
