"""What municipality does with commands about reports: map, call a use case, tell how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chassis.reading.subscriptions import Handler, Received
from chassis.storage.transaction import Transaction
from contracts.envelope import Message
from contracts.municipality import reports as v1
from services.municipality.domain.codes import ReportKind, Role
from services.municipality.domain.report_contents import Content
from services.municipality.domain.report_plain import content_of
from services.municipality.domain.reports import ReportId, Who
from services.municipality.entrypoints.days import day_in_norway
from services.municipality.entrypoints.telling import tell
from services.municipality.use_cases.ports import Municipalities, Reports
from services.municipality.use_cases.put_report import PutReport, put_report
from services.municipality.use_cases.tend_report import TendReport, tend_report


@dataclass(frozen=True, slots=True)
class ReportSubscribers:
    """The handlers, over the adapters that the bootstrap gives."""

    reports: Callable[[Transaction], Reports]
    municipalities: Callable[[Transaction], Municipalities]

    def handlers(self) -> dict[type[Message], Handler]:
        """Give a handler for each command."""
        return {
            v1.ReportWeeklyPlaces: self.on_put,
            v1.ReportHousing: self.on_put,
            v1.ReportNamedPersons: self.on_put,
            v1.ReportSelfSettlement: self.on_put,
            v1.ConfirmReport: self.on_tend,
            v1.WithdrawReport: self.on_tend,
        }

    async def on_put(self, received: Received[Any], transaction: Transaction) -> None:
        """Enter or change a report."""
        body = received.body
        command = PutReport(_id(body), _said(body), body.expected_version, _who(body))
        now = transaction.now
        reports, municipalities = self.reports(transaction), self.municipalities(transaction)
        outcome = await put_report(command, reports, municipalities, now=now, today=day_in_norway(now))
        await tell(received, transaction, outcome)

    async def on_tend(self, received: Received[Any], transaction: Transaction) -> None:
        """Confirm or withdraw a report."""
        body = received.body
        withdraw = isinstance(body, v1.WithdrawReport)
        command = TendReport(_id(body), body.expected_version, _who(body), withdraw=withdraw)
        outcome = await tend_report(command, self.reports(transaction), now=transaction.now)
        await tell(received, transaction, outcome)


def _id(body: v1.ReportCommand) -> ReportId:
    return ReportId(body.municipality_id, body.report_id)


def _who(body: v1.ReportCommand) -> Who:
    return Who(body.actor.user_id, body.actor.display_name, Role(body.actor.role))


def _said(body: v1.ReportCommand) -> Content:
    match body:
        case v1.ReportWeeklyPlaces():
            return content_of(ReportKind.WEEKLY_PLACES, body.model_dump(mode="json", include={"weeks"}))
        case v1.ReportHousing():
            return content_of(ReportKind.HOUSING, body.housing.model_dump(mode="json"))
        case v1.ReportNamedPersons():
            return content_of(ReportKind.NAMED_PERSONS, body.named_persons.model_dump(mode="json"))
        case v1.ReportSelfSettlement():
            return content_of(ReportKind.SELF_SETTLEMENT, body.self_settlement.model_dump(mode="json"))
    raise TypeError(f"{body.message_type} says nothing")
