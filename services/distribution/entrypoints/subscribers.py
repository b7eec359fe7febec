"""What distribution reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.reading.subscriptions import Dedupe, Subscription
from contracts import topics
from contracts.distribution import threads_v1, v1
from contracts.municipality import v1 as municipality
from services.distribution.entrypoints.list_commands import ListCommands
from services.distribution.entrypoints.offers import CLASSES, Offers
from services.distribution.entrypoints.register import Register


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The handlers of each topic."""

    offers: Offers
    commands: ListCommands
    register: Register

    def subscriptions(self) -> Sequence[Subscription]:
        """List the topics and who handles their messages."""
        state = topics.MUNICIPALITY_STATE
        copied = (municipality.MunicipalityState, municipality.RegisterState)
        return [
            Subscription(
                topics.IMDI_LISTS.name,
                messages=dict.fromkeys(CLASSES.values(), self.offers.on_message),
                dedupe=Dedupe.ID,
                ahead=self.offers.ahead,
                on_invalid=self.offers.on_invalid,
                on_tombstone=self.offers.on_tombstone,
                on_duplicate=self.offers.on_duplicate,
                repeats_matter=True,
            ),
            Subscription(
                topics.DISTRIBUTION_COMMANDS.name,
                messages={
                    v1.SaveDecisions: self.commands.on_save_decisions,
                    v1.ApproveList: self.commands.on_approve_list,
                    v1.ReturnToTreatment: self.commands.on_return_to_treatment,
                    v1.SendAnswer: self.commands.on_send_answer,
                    v1.RegisterSettlement: self.commands.on_register_settlement,
                    v1.RegisterSettlements: self.commands.on_register_settlements,
                    v1.PlanSettlement: self.commands.on_plan_settlement,
                    threads_v1.AskQuestion: self.commands.on_ask_question,
                },
                dedupe=Dedupe.ID,
                ahead=self.commands.ahead,
                on_invalid=self.commands.on_invalid,
                on_duplicate=self.commands.on_duplicate,
            ),
            Subscription(
                state.name,
                messages=copied,
                known=frozenset(state.types) - {message.message_type for message in copied},
                dedupe=Dedupe.SNAPSHOT,
                batch=self.register.on_register,
                unhurried=True,
            ),
        ]
