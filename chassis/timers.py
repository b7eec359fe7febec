"""Work that time sets off, once per interval over all replicas."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from chassis.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Timer:
    """``run`` is called at most once per ``every``, in a transaction of its own, by the leading replica.

    name: unique within the service.
    """

    name: str
    every: timedelta
    run: Callable[[Transaction], Awaitable[None]]
