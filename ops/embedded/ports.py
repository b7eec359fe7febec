"""Ports on the loopback address."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable

LOOPBACK = "127.0.0.1"
RANGE = range(12_000, 32_000)
"""Below what systems give to outgoing connections: one of those could take a chosen port before its server does."""
_RANDOM = random.SystemRandom()


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
            port = _RANDOM.choice(RANGE)  # at random: others who choose at the same time choose others
            probe = socket.socket()
            held.append(probe)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
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
