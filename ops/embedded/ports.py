"""Ports on the loopback address."""

from __future__ import annotations

import socket
from collections.abc import Iterable

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int, taken: Iterable[int] = ()) -> list[int]:
    """Distinct ports that are free now and not in ``taken``. All are held until all are found."""
    avoid = set(taken)
    held: list[socket.socket] = []
    found: list[int] = []
    try:
        while len(found) < count:
            probe = socket.socket()
            held.append(probe)
            probe.bind((LOOPBACK, 0))
            port = probe.getsockname()[1]
            if port not in avoid:
                found.append(port)
    finally:
        for probe in held:
            probe.close()
    return found


def answers(port: int, host: str = LOOPBACK, seconds: float = 0.5) -> bool:
    """Whether something accepts a connection there."""
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except OSError:
        return False
