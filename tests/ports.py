"""Ports of this machine that nobody listens on."""

import contextlib
import socket


def free_ports(count: int) -> list[int]:
    """All different: each is held until the last of them was found."""
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(each.getsockname()[1]) for each in held]


def free_port() -> int:
    (port,) = free_ports(1)
    return port
