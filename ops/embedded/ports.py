"""Ports on the loopback address."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import socket
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

LOOPBACK = "127.0.0.1"
RANGE = range(12_000, 32_000)
"""Below what systems give to outgoing connections: one of those could take a chosen port before its server does."""
CHOSEN_SECONDS = 300.0
"""For so long nobody else is given a port that was chosen: its server may take that long until it listens."""
_CHOSEN = Path(tempfile.gettempdir()) / f"fordeling-ports-{os.getuid()}.json"
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
    """Distinct ports that are free now, not in ``taken``, and not given to another process of this user lately."""
    avoid = set(taken)
    found: list[int] = []
    with _chosen() as chosen:
        while len(found) < count:
            port = _RANDOM.choice(RANGE)
            if port in avoid or str(port) in chosen:
                continue
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.bind((LOOPBACK, port))
                found.append(port)
                chosen[str(port)] = time.time()
    return found


@contextmanager
def _chosen() -> Iterator[dict[str, float]]:
    """Give what was chosen lately, and when, by port; what is added is kept. One process at a time."""
    with _CHOSEN.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        try:
            kept = dict(json.loads(file.read() or "{}"))
        except ValueError:
            kept = {}  # cut off while it was written
        now = time.time()
        chosen = {port: at for port, at in kept.items() if now - CHOSEN_SECONDS < at <= now}
        try:
            yield chosen
        finally:
            file.truncate(0)  # opened for appending: it is written from the beginning
            file.write(json.dumps(chosen))


def answers(port: int, host: str = LOOPBACK, seconds: float = 0.5) -> bool:
    """Whether something accepts a connection there."""
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except OSError:
        return False
