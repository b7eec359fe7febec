"""Waiting for a condition, bounded."""

from __future__ import annotations

import time
from collections.abc import Callable

PAUSE_SECONDS = 0.05


def wait_until(ready: Callable[[], bool], seconds: float, alive: Callable[[], bool] = lambda: True) -> bool:
    """Ask until ``ready``; False when the time is up or ``alive`` says that there is nothing left to wait for."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline or not alive():
            return False
        time.sleep(PAUSE_SECONDS)
    return True
