"""Commands and letters without a broker or an object store."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from gateway.commands.bounds import BusyError
from gateway.commands.desk import Command, Sent
from gateway.commands.keeping import keepable
from gateway.commands.outcomes import Outcome
from gateway.commands.publisher import BrokerUnavailableError


@dataclass
class FakeDesk:
    """``outcome``: what becomes of a command, at once; None: not known yet."""

    outcome: Outcome | None = None
    broker: bool = True
    busy: bool = False
    sent: list[Command] = field(default_factory=list)

    async def submit(self, command: Command) -> Outcome | None:
        if not self.broker:
            raise BrokerUnavailableError
        if self.busy:
            raise BusyError
        self.sent.append(replace(command, form=keepable(command.form)))
        return self.outcome

    async def follow(self, _municipality_id: str, _user_id: str, _sent: Sent, _seconds: float) -> Outcome | None:
        return self.outcome

    async def find(self, municipality_id: str, user_id: str, wanted: str) -> Sent | None:
        for command in self.sent:
            if (command.municipality_id, command.user_id, command.command_id) == (municipality_id, user_id, wanted):
                return Sent(command.command_id, command.kind, command.subject, command.form)
        return None

    async def catch_up(self, _municipality_id: str, _sent: Sent, _outcome: Outcome) -> None:
        """There is nothing to wait for."""


@dataclass
class FakeLetters:
    content: bytes = b"%PDF"

    async def read(self, _document: Any) -> bytes:
        return self.content
