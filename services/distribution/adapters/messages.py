"""From the domain's words to the messages that travel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, assert_never

from contracts import codes
from contracts.distribution import threads_v1, v1
from contracts.distribution.households import AnsweredSplit, DraftSplit
from contracts.erasure import ErasureReason, Papers
from contracts.fields import FieldProblem
from contracts.imdi.v1 import PostalAddress
from services.distribution.domain.calendar import Week
from services.distribution.domain.codes import Reminder, WithdrawalReason
from services.distribution.domain.events import (
    AddressCorrected,
    DeadlineExtended,
    DeadlineReached,
    DecisionsSaved,
    DeclinedPlace,
    ImdiWrote,
    ListAnswered,
    ListApproved,
    ListEvent,
    ListOfferedAgain,
    ListReceived,
    ListWithdrawn,
    PersonPlace,
    PersonsErased,
    PersonSettled,
    PersonsPlaced,
    PersonsWithdrawn,
    QuestionAsked,
    ReturnedToTreatment,
    SettlementPlanned,
    TreatmentStarted,
)
from services.distribution.domain.households import Split
from services.distribution.domain.lists import Act, DistributionList
from services.distribution.domain.persons import Identity, Person, Planned, Withdrawal
from services.distribution.domain.problems import Problem
from services.distribution.domain.reply_clock import is_overdue
from services.distribution.domain.thread_messages import ThreadMessage
from services.distribution.use_cases.ports import Original

REMINDERS: Mapping[Reminder, type[v1.DeadlineNear | v1.DeadlineToday | v1.ListOverdue]] = {
    Reminder.NEAR: v1.DeadlineNear,
    Reminder.TODAY: v1.DeadlineToday,
    Reminder.OVERDUE: v1.ListOverdue,
}
NO_WORDS = "–"
"""Stands for words that are erased: a message of a thread is never empty."""
MOST_ERRORS = 2000
"""Errors that one rejection tells: with all of a list of 500 gone wrong it would be more than Kafka takes (1 MB)."""


def list_event(about: DistributionList, event: ListEvent) -> v1.ListEvent:  # noqa: C901, PLR0911, PLR0912  one a type
    """Write an event; ids and codes only."""
    head: dict[str, Any] = {"list_id": about.id, "municipality_id": about.municipality_id, "year": about.year}
    match event:
        case ListReceived():
            return v1.ListReceived(
                **head,
                deadline=event.deadline,
                persons=_places(event.persons),
                self_settlement=event.self_settlement,
            )
        case TreatmentStarted():
            return v1.TreatmentStarted(**head)
        case DecisionsSaved():
            return v1.DecisionsSaved(**head, accepted=event.accepted, declined=event.declined)
        case ListApproved():
            by = about.approved and about.approved.user_id
            return v1.ListApproved(**head, accepted=event.accepted, declined=event.declined, approved_by=by)
        case ReturnedToTreatment():
            return v1.ReturnedToTreatment(**head)
        case ListAnswered():
            return v1.ListAnswered(
                **head,
                accepted=_places(event.accepted),
                declined=[_declined(person) for person in event.declined],
                answered_on=event.answered_on,
                late=event.late,
            )
        case PersonsPlaced():
            return v1.PersonsPlaced(**head, persons=_places(event.persons), placed_on=event.placed_on)
        case PersonSettled():
            return v1.PersonSettled(
                **head,
                person=_place(event.person),
                placed_on=event.placed_on,
                settlement_date=event.settlement_date,
                corrects=event.corrects,
            )
        case SettlementPlanned():
            week = event.week and _week(event.week)
            return v1.SettlementPlanned(**head, running_numbers=list(event.running_numbers), week=week)
        case PersonsWithdrawn():
            return v1.PersonsWithdrawn(**head, persons=_places(event.persons), reason=_reason(event.reason))
        case ListWithdrawn():
            return v1.ListWithdrawn(**head, persons=_places(event.persons), reason=_reason(event.reason))
        case PersonsErased():
            return v1.PersonsErased(
                **head,
                running_numbers=list(event.running_numbers),
                reason=ErasureReason(event.reason),
                papers=Papers(event.papers),
            )
        case AddressCorrected():
            return v1.AddressCorrected(**head, running_number=event.running_number)
        case ListOfferedAgain():
            return v1.ListOfferedAgain(**head, by=event.by)
        case DeadlineReached():
            return REMINDERS[event.reminder](**head, deadline=event.deadline, persons=event.persons)
        case DeadlineExtended():
            return v1.DeadlineExtended(**head, before=event.before, deadline=event.deadline, persons=event.persons)
        case QuestionAsked(_, message) | ImdiWrote(_, message):
            head |= {"running_number": message.running_number, "number": message.number}
            if isinstance(event, QuestionAsked):
                return threads_v1.QuestionAsked(**head)
            return threads_v1.ImdiWrote(**head, persons=event.persons, deadline=event.deadline)
    assert_never(event)


def event_id(about: DistributionList, event: ListEvent) -> str | None:
    """Give the id of what time sets off: it follows from list, kind and due date. None: the usual one."""
    if isinstance(event, DeadlineReached):
        return f"{REMINDERS[event.reminder].message_type}:{about.id}:{event.deadline.isoformat()}"
    return None


def _places(persons: Iterable[PersonPlace]) -> list[v1.PersonPlace]:
    return [_place(person) for person in persons]


def _place(person: PersonPlace) -> v1.PersonPlace:
    return v1.PersonPlace(running_number=person.running_number, place_kind=codes.PlaceKind(person.place_kind))


def _declined(person: DeclinedPlace) -> v1.DeclinedPerson:
    return v1.DeclinedPerson(
        running_number=person.running_number,
        place_kind=codes.PlaceKind(person.place_kind),
        reason=codes.DeclineReason(person.reason),
    )


def _reason(reason: WithdrawalReason) -> codes.WithdrawalReason:
    return codes.WithdrawalReason(reason)


def list_state(about: DistributionList) -> v1.ListState:
    """Write a list as it stands."""
    return v1.ListState(
        list_id=about.id,
        municipality_id=about.municipality_id,
        year=about.year,
        status=codes.ListStatus(about.status),
        received_at=about.received_at,
        deadline=about.deadline,
        persons=len(about.persons),
        unaccompanied_minors=about.unaccompanied_minors,
        accepted=about.accepted,
        declined=about.declined,
        placed=about.placed,
        settled=about.settled,
        message=about.message,
        places_version=about.places_version,
        changed=_act(about.changed),
        approved=_act(about.approved),
        answered=_act(about.answered),
        late=about.late,
        withdrawn_persons=len(about.persons) - len(about.present),
        withdrawn=_withdrawal(about.withdrawn),
        reoffer=about.replaces is not None,
        replaces=about.replaces if about.replaces_shown else None,
        offered_again_at=about.offered_again_at,
        replaced_by=list(about.replaced_by),
        overdue=is_overdue(about),
        extensions=[v1.Extension(at=made.at, before=made.before, deadline=made.deadline) for made in about.extensions],
        messages=about.messages,
        awaiting_reply=about.awaiting_reply,
        splits=[_split(split) for split in about.splits if split.says_something],
        self_settlement=about.self_settlement,
        erased_persons=about.erased,
    )


def _split(split: Split) -> DraftSplit:
    return DraftSplit(
        household=split.household,
        confirmed=split.confirmed,
        reason=split.reason and codes.SplitReason(split.reason),
        reason_text=split.reason_text,
    )


def _act(act: Act | None) -> v1.Act | None:
    return None if act is None else v1.Act(user_id=act.user_id, display_name=act.display_name, at=act.at)


def _withdrawal(withdrawal: Withdrawal | None) -> v1.Withdrawal | None:
    return None if withdrawal is None else v1.Withdrawal(at=withdrawal.at, reason=_reason(withdrawal.reason))


def person_state(about: DistributionList, person: Person) -> v1.PersonState:
    """Write what the municipality may see of a person."""
    details, decision = person.details, person.decision
    return v1.PersonState(
        list_id=about.id,
        municipality_id=about.municipality_id,
        running_number=person.running_number,
        household=person.household,
        place_kind=codes.PlaceKind(person.place_kind),
        sex=codes.Sex(details.sex),
        birth_year=details.birth_year,
        nationality=details.nationality,
        languages=list(details.languages),
        category=details.category and codes.Category(details.category),
        earliest_arrival=details.earliest_arrival,
        education=details.education and codes.Education(details.education),
        occupation=details.occupation,
        needs=[codes.Need(need) for need in details.needs],
        needs_note=details.needs_note,
        status=codes.PersonStatus(person.status),
        decision=v1.DraftDecision(
            running_number=person.running_number,
            accept=decision.accept,
            reason=decision.reason and codes.DeclineReason(decision.reason),
            reason_text=decision.reason_text,
        ),
        placed_on=person.placed_on,
        settlement_date=person.settlement_date,
        withdrawn=_withdrawal(person.withdrawn),
        planned=_planned(person.planned),
        settlements=_settlements(person),
        erased_at=person.erased and person.erased.at,
    )


def _week(week: Week) -> v1.Week:
    return v1.Week(year=week.year, week=week.week)


def _planned(planned: Planned | None) -> v1.PlannedWeek | None:
    if planned is None:
        return None
    return v1.PlannedWeek(
        week=_week(planned.week), by=v1.Act(user_id=planned.user_id, display_name=planned.by, at=planned.at)
    )


def _settlements(person: Person) -> list[v1.RegisteredSettlement]:
    before = [None, *(one.day for one in person.settlements)]
    return [
        v1.RegisteredSettlement(settlement_date=one.day, before=former, at=one.at, by=one.by, reason=one.reason)
        for former, one in zip(before, person.settlements, strict=False)
    ]


def person_folder(about: DistributionList, person: Person, identity: Identity) -> v1.PersonFolderState:
    """Write who a placed person is."""
    assert person.placed_on is not None, "a folder opens with the placement"
    address = identity.address
    return v1.PersonFolderState(
        list_id=about.id,
        municipality_id=about.municipality_id,
        running_number=person.running_number,
        given_name=identity.given_name,
        family_name=identity.family_name,
        birth_date=identity.birth_date,
        duf_number=identity.duf_number,
        identity_number=identity.identity_number,
        address=PostalAddress(lines=list(address.lines), postal_code=address.postal_code, city=address.city),
        languages=list(person.details.languages),
        placed_on=person.placed_on,
        health_note=identity.health_note,
    )


def answer(about: DistributionList) -> v1.Answer:
    """Write the answer as IMDi gets it; the municipality by the number that IMDi named it by."""
    assert about.answered is not None, "an answered list"
    return v1.Answer(
        list_id=about.id,
        municipality_id=about.municipality_id,
        municipality_number=about.municipality_number,
        persons=[
            v1.AnsweredPerson(
                running_number=person.running_number,
                accepted=person.decision.accept,
                reason=person.decision.reason and codes.DeclineReason(person.decision.reason),
                reason_text=person.decision.reason_text,
            )
            for person in about.present
        ],
        message=about.message,
        answered_at=about.answered.at,
        answered_by=about.answered.display_name,
        late=about.late,
        splits=[_answered_split(split) for split in about.splits],
    )


def thread_message(about: DistributionList, message: ThreadMessage) -> threads_v1.ThreadMessageState:
    """Write a message of a thread, for the municipality's pages."""
    return threads_v1.ThreadMessageState(
        list_id=about.id,
        municipality_id=about.municipality_id,
        number=message.number,
        running_number=message.running_number,
        by_imdi=message.by_imdi,
        written=v1.Act(user_id=message.author_id, display_name=message.author_name, at=message.at),
        text=NO_WORDS if message.erased_at else message.text,
        erased_at=message.erased_at,
    )


def question(about: DistributionList, message: ThreadMessage) -> threads_v1.Question:
    """Write a question as IMDi gets it; the municipality by the number that IMDi named it by."""
    return threads_v1.Question(
        list_id=about.id,
        municipality_id=about.municipality_id,
        municipality_number=about.municipality_number,
        number=message.number,
        running_number=message.running_number,
        text=message.text,
        asked_at=message.at,
        asked_by=message.author_name,
    )


def _answered_split(split: Split) -> AnsweredSplit:
    assert split.reason is not None, "an approved split has a reason"
    reason = codes.SplitReason(split.reason)
    return AnsweredSplit(household=split.household, reason=reason, reason_text=split.reason_text)


def rejection(original: Original, list_id: str | None, number: str | None, problems: Sequence[Problem]) -> v1.Rejection:
    """Write what is wrong with a message, by field; beyond MOST_ERRORS, how much more there is."""
    told = list(problems[:MOST_ERRORS])
    if more := len(problems) - len(told):
        told.append(Problem("", "more-errors", f"There are {more} more errors."))
    return v1.Rejection(
        message_id=original.message_id,
        list_id=list_id,
        municipality_number=number,
        topic=original.topic,
        partition=original.partition,
        offset=original.offset,
        errors=[FieldProblem(path=found.path, code=found.code, message=found.message) for found in told],
    )
