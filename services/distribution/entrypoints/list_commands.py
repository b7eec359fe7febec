"""What distribution does with each command: map, call a use case, tell how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.reading.subscriptions import Received, Record
from chassis.storage import outcomes
from chassis.storage.transaction import Transaction
from chassis.validation import FieldError
from contracts import topics
from contracts.distribution import threads_v1, v1
from contracts.outcomes import CommandAccepted, CommandRefused
from services.distribution.domain.codes import PlacementPolicy
from services.distribution.entrypoints.commands import addressed, asked, form, moved_in, question, week
from services.distribution.entrypoints.replies import invalid_command, reply
from services.distribution.use_cases.approve_list import ApproveList, approve_list
from services.distribution.use_cases.ask_question import ask_question
from services.distribution.use_cases.outcomes import Outcome
from services.distribution.use_cases.plan_settlement import PlanSettlement, plan_settlement
from services.distribution.use_cases.ports import Lists, Municipalities
from services.distribution.use_cases.register_settlement import RegisterSettlement, register_settlement
from services.distribution.use_cases.register_settlements import RegisterSettlements, register_settlements
from services.distribution.use_cases.return_to_treatment import ReturnToTreatment, return_to_treatment
from services.distribution.use_cases.save_decisions import SaveDecisions, save_decisions
from services.distribution.use_cases.send_answer import SendAnswer, send_answer


@dataclass(frozen=True, slots=True)
class ListCommands:
    """Handlers of ``distribution.commands``, over adapters that the bootstrap gives."""

    lists: Callable[[Transaction], Lists]
    municipalities: Callable[[Transaction], Municipalities]
    policy: PlacementPolicy

    async def ahead(self, coming: Sequence[Received[Any]], transaction: Transaction) -> None:
        """Have the lists that commands of a chunk name read together, and what is to be known of who may send."""
        commands = [received.body for received in coming if received.body is not None]
        list_ids = {command.list_id for command in commands}
        await self.lists(transaction).look_up(list_ids, {command.municipality_id for command in commands})
        if senders := {command.municipality_id for command in commands if isinstance(command, v1.SendAnswer)}:
            await self.municipalities(transaction).look_up(senders)

    async def on_save_decisions(self, received: Received[v1.SaveDecisions], transaction: Transaction) -> None:
        """Keep a draft."""
        body = received.body
        command = SaveDecisions(addressed(body), asked(body, transaction.now), form(body))
        await _tell(received, transaction, await save_decisions(command, self.lists(transaction)))

    async def on_approve_list(self, received: Received[v1.ApproveList], transaction: Transaction) -> None:
        """Approve a list."""
        body = received.body
        command = ApproveList(addressed(body), asked(body, transaction.now), form(body))
        await _tell(received, transaction, await approve_list(command, self.lists(transaction)))

    async def on_return_to_treatment(self, received: Received[v1.ReturnToTreatment], transaction: Transaction) -> None:
        """Take an approval back."""
        body = received.body
        command = ReturnToTreatment(addressed(body), asked(body, transaction.now))
        await _tell(received, transaction, await return_to_treatment(command, self.lists(transaction)))

    async def on_send_answer(self, received: Received[v1.SendAnswer], transaction: Transaction) -> None:
        """Send an answer."""
        body = received.body
        command = SendAnswer(addressed(body), asked(body, transaction.now), body.accepted_at)
        lists, municipalities = self.lists(transaction), self.municipalities(transaction)
        await _tell(received, transaction, await send_answer(command, lists, municipalities, policy=self.policy))

    async def on_register_settlement(self, received: Received[v1.RegisterSettlement], transaction: Transaction) -> None:
        """Settle a person."""
        body = received.body
        command = RegisterSettlement(
            addressed(body), asked(body, transaction.now), body.running_number, body.settlement_date
        )
        await _tell(received, transaction, await register_settlement(command, self.lists(transaction)))

    async def on_register_settlements(
        self, received: Received[v1.RegisterSettlements], transaction: Transaction
    ) -> None:
        """Settle persons, a household say."""
        body = received.body
        command = RegisterSettlements(addressed(body), asked(body, transaction.now), moved_in(body.persons))
        await _tell(received, transaction, await register_settlements(command, self.lists(transaction)))

    async def on_plan_settlement(self, received: Received[v1.PlanSettlement], transaction: Transaction) -> None:
        """Plan the week in which persons are received."""
        body = received.body
        command = PlanSettlement(addressed(body), asked(body, transaction.now), body.running_numbers, week(body.week))
        await _tell(received, transaction, await plan_settlement(command, self.lists(transaction)))

    async def on_ask_question(self, received: Received[threads_v1.AskQuestion], transaction: Transaction) -> None:
        """Ask IMDi."""
        command = question(received.body, transaction.now)
        await _tell(received, transaction, await ask_question(command, self.lists(transaction)))

    async def on_invalid(self, record: Record, errors: Sequence[FieldError], transaction: Transaction) -> None:  # noqa: ARG002  the chassis' form
        """Refuse what cannot be read. Where its id cannot be read either, nobody can be told: a dead letter."""
        cause = transaction.cause
        assert cause is not None, "a record is being handled"
        await _store(cause.id, transaction, invalid_command(cause.id, cause.subject, errors))

    async def on_duplicate(self, received: Received[Any], transaction: Transaction) -> None:
        """Tell again how the command ended: whoever repeats it has not heard."""
        await outcomes.repeat(transaction, received.envelope.id)


async def _tell(received: Received[Any], transaction: Transaction, outcome: Outcome) -> None:
    command_id = received.envelope.id
    await _store(command_id, transaction, reply(command_id, outcome))


async def _store(command_id: str, transaction: Transaction, body: CommandAccepted | CommandRefused) -> None:
    await outcomes.store(transaction, command_id, topics.DISTRIBUTION_REPLIES.name, command_id, body)
