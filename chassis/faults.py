"""Faults that the rig of ``tests/faults`` switches on in running processes; without ``FORDELING_FAULTS`` none are.

The variable names a folder. A file in it, named as a place in the code, says what happens there, once: ``kill``
(SIGKILL), ``stop`` (SIGSTOP), ``end`` (SIGTERM; the process goes on to its end from here) or ``raise``. A file
``clock`` says by how many seconds the machine's clock is off, a file named as a switch changes how the process works
for as long as it is there.

Places, with a service's name or a consumer group (``<service>.<topic>``, or ``<service>.<topic>.<reader>``):

- ``<service>.relay.read``: rows have been read from the outbox; ``<service>.relay.sent``: Kafka has them and so has the
  outbox
- ``<group>.taken``: a batch has come, nothing of it is handled; ``<group>.applied``: a chunk of it is handled, not
  committed; ``<group>.batch``: some chunks are committed, more are to come; ``<group>.handled``: all are committed,
  the offsets are not
- ``gateway.command.sent``: the broker has a command and nobody has been told so
- ``gateway.audit.sealing``: rows were read for a batch, nothing of it is written
- ``notification.digests.gathered``: daily digests are planned, not committed

Switches, by which a rig shows that it would find it:

- ``ack-first``: offsets are committed before a batch is handled, and a batch that fails is dropped
- ``no-outbox``: what a transaction publishes is not stored but sent after its commit, and lost where that fails
"""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

FOLDER = os.environ.get("FORDELING_FAULTS") if os.environ.get("FORDELING_EMBEDDED") else None
"""Heard in an embedded stack only: a real installation has no such switches."""

NO_FAULT = timedelta(0)

SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "end": signal.SIGTERM}


class InjectedError(Exception):
    """What a place raises that was told to."""


def reached(place: str) -> None:
    """Let happen here what the folder says, once. ``place``: e.g. ``gateway.relay.sent``. Raises InjectedError."""
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
    os.kill(os.getpid(), SIGNALS[action])


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
