"""Which failures pass by themselves."""

from __future__ import annotations

import traceback
from enum import Enum
from pathlib import Path

import asyncpg


class Kind(Enum):
    """What to do about a failure."""

    UNAVAILABLE = "unavailable"
    """The database is not there: wait for it, for as long as it takes."""
    CONTENTION = "contention"
    """Others were in the way: try again, a few times."""
    PERMANENT = "permanent"
    """It would fail again."""


class OvertakenError(Exception):
    """Another process has handled some of these records meanwhile."""


class EpochRaisedError(Exception):
    """Sequences were made in an epoch that is over: the transaction must be done again."""


class TryAgainError(Exception):
    """Raised by a handler: something it needs did not answer, another try may do."""


class HandlingError(Exception):
    """A handler failed. ``index``: at which record of the chunk; None where a batch handler does not tell."""

    def __init__(self, index: int | None, error: Exception) -> None:
        super().__init__()
        self.index = index
        self.error = error


DATABASE_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What asyncpg raises: from the server, about a connection that was closed under it, and from the network."""

_UNAVAILABLE_CLASSES = (
    "08",  # connection
    "53",  # out of disk, memory or connections
    "57P",  # shut down, starting, or the session was ended
    "58",  # system
    "25006",  # read only: a standby that is being promoted
)
_CONTENTION_STATES = (
    "40001",  # serialization
    "40P01",  # deadlock
    "55P03",  # lock time-out
    "57014",  # statement time-out
    "25P03",  # idle in transaction too long: the process was stopped meanwhile
)


def kind(error: BaseException, *, in_handler: bool) -> Kind:
    """Tell what kind of failure this is.

    in_handler: whether a handler raised it. Outside of handlers only the database is spoken to.
    """
    if isinstance(error, OvertakenError | TryAgainError | EpochRaisedError):
        return Kind.CONTENTION
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        if state in _CONTENTION_STATES:
            return Kind.CONTENTION
        return Kind.UNAVAILABLE if state.startswith(_UNAVAILABLE_CLASSES) else Kind.PERMANENT
    if isinstance(error, ValueError | TypeError):  # includes asyncpg's DataError: a value that its column cannot hold
        return Kind.PERMANENT
    # Outside: closed under us, refused, timed out, or nothing that a record could be blamed for. Nor is it to blame for
    # want of memory, and the next one fares no better.
    if not in_handler or isinstance(error, MemoryError):
        return Kind.UNAVAILABLE
    return Kind.CONTENTION if isinstance(error, DATABASE_ERRORS) else Kind.PERMANENT


def name(error: BaseException) -> str:
    """Name the error's type, and PostgreSQL's code: all of an error that is safe to keep, its text may hold values."""
    state = getattr(error, "sqlstate", None)
    return f"{type(error).__name__} {state}" if state else type(error).__name__


def where(error: BaseException, *, frames: int = 5) -> list[str]:
    """List the innermost places an error passed, as ``file:line function``; nothing of its text."""
    stack = traceback.extract_tb(error.__traceback__)[-frames:]
    return [f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in stack]
