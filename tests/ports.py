"""Ports of this machine that nobody listens on, and that nobody is given by chance either."""

import itertools
import os
import socket

#: Below those that a kernel gives to whoever connects or asks for any port: a server that a test starts again finds its
#: own still free. The relay of the tests has those from 20,000 on.
_FIRST, _COUNT = 10_000, 10_000
#: Each process of a test run begins elsewhere; none gives the same port twice until all were given.
_tried = itertools.count(os.getpid() * 61)


def free_port() -> int:
    for tried in itertools.islice(_tried, _COUNT):
        port = _FIRST + tried % _COUNT
        with socket.socket() as held:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                held.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise OSError("no port is free on this machine")


def free_ports(count: int) -> list[int]:
    """All different."""
    return [free_port() for _ in range(count)]
