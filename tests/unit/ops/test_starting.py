"""A start that is given up while its supervisor is going down: told in one line."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any
from xmlrpc.client import Fault

import pytest
from rich.console import Console

from ops.errors import UserError
from ops.stack.environment import Stack
from ops.stack.processes import table
from ops.stack.progress import Progress
from ops.stack.start import Starting

STOPPING = Fault(6, "SHUTDOWN_STATE")


@dataclass
class Refusing:
    """A supervisor that takes an order with an error."""

    error: Exception | None
    started: list[str] = field(default_factory=list)

    def start_process(self, process: Any) -> None:
        if self.error is not None:
            raise self.error
        self.started.append(process.name)

    def processes(self) -> list[dict[str, Any]]:
        raise STOPPING


def starting(stack: Stack, supervisor: Refusing) -> Starting:
    made = Starting(stack, (), Progress(Console(file=io.StringIO())))
    made.supervisor = supervisor  # type: ignore[assignment]
    return made


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (STOPPING, "The stack is being stopped, so nothing more is started"),
        (ConnectionRefusedError(), "The stack is being stopped, so nothing more is started"),
        (Fault(50, "SPAWN_ERROR: kafka"), "The supervisor refuses to start kafka: SPAWN_ERROR: kafka"),
    ],
)
def test_a_supervisor_that_takes_no_orders_is_told_in_one_line(stack: Stack, error: Exception, said: str) -> None:
    """Stopped by another hand, or too slow to be started: what happened and where its log is, no stack trace."""
    process = next(process for process in table(stack, ()) if process.name == "kafka")
    with pytest.raises(UserError) as told:
        starting(stack, Refusing(error)).start(process, "Kafka", lambda: True)
    assert str(told.value).startswith(said)
    assert "\n" not in str(told.value)


def test_looking_at_a_process_meanwhile_is_told_too(stack: Stack) -> None:
    """The supervisor may go down between the order and the look at whether it was carried out."""
    process = next(process for process in table(stack, ()) if process.name == "kafka")
    with pytest.raises(UserError, match="being stopped"):
        starting(stack, Refusing(None)).start(process, "Kafka", lambda: False)


def test_nothing_is_started_once_the_start_is_given_up(stack: Stack) -> None:
    """What another thread would have started next is left alone."""
    supervisor = Refusing(None)
    given_up = starting(stack, supervisor)
    given_up.given_up.set()
    given_up.start(table(stack, ())[0], "PostgreSQL", lambda: True)
    assert supervisor.started == []
