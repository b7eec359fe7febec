"""Faults that the rig of ``tests/faults`` switches on in running processes; without ``FORDELING_FAULTS`` none are.

The variable names a folder. A file in it, named as a place in the code, says what happens there, once: ``kill``
(SIGKILL), ``stop`` (SIGSTOP) or ``raise``. A file ``clock`` says by how many seconds the machine's clock is off, a file
named as a switch changes how the process works for as long as it is there.
"""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

FOLDER = os.environ.get("FORDELING_FAULTS") if os.environ.get("FORDELING_EMBEDDED") else None
"""Heard in an embedded stack only: a real installation has no such switches."""

NO_FAULT = timedelta(0)


class InjectedError(Exception):
    """What a place raises that was told to."""


def reached(place: str) -> None:
    """Let happen here what the folder says, once. ``place``: e.g. ``distribution.relay.sent``. Raises InjectedError."""
    if FOLDER is None:
        return
    file = Path(FOLDER, place)
    try:
        action = file.read_text().strip()
        file.rename(file.with_name(f"{place}.done"))  # whoever renames it is the one to whom it happens
    except FileNotFoundError:
        return
    if action == "raise":
        raise InjectedError(place)
    os.kill(os.getpid(), signal.SIGSTOP if action == "stop" else signal.SIGKILL)


def switched_on(switch: str) -> bool:
    """Tell whether the folder switches something on; asked each time."""
    return FOLDER is not None and Path(FOLDER, switch).exists()


def clock_offset() -> timedelta:
    """Tell by how much the machine's clock is off."""
    if FOLDER is None:
        return NO_FAULT
    try:
        return timedelta(seconds=float(Path(FOLDER, "clock").read_text()))
    except (FileNotFoundError, ValueError):
        return NO_FAULT
