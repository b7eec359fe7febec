"""From commands that travel to the domain's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from contracts import fields
from contracts.distribution import threads_v1, v1
from contracts.distribution.households import DraftSplit
from services.distribution.domain.calendar import Week
from services.distribution.domain.codes import DeclineReason, Role, SplitReason
from services.distribution.domain.drafts import Form, Touched
from services.distribution.domain.households import Split
from services.distribution.domain.lists import Actor, Asked
from services.distribution.domain.persons import Decision
from services.distribution.domain.settlement import MovedIn
from services.distribution.domain.threads import Said
from services.distribution.use_cases.ask_question import AskQuestion
from services.distribution.use_cases.outcomes import Addressed


def addressed(command: v1.ListCommand) -> Addressed:
    """Read which list it is about, and for which municipality its actor acts."""
    return Addressed(command.list_id, command.municipality_id)


def asked(command: v1.ListCommand, now: datetime) -> Asked:
    """Read who asks, on what version."""
    return Asked(_actor(command.actor), command.expected_version, now)


def question(command: threads_v1.AskQuestion, now: datetime) -> AskQuestion:
    """Read what is asked, and of which list."""
    about, said = Addressed(command.list_id, command.municipality_id), Said(command.running_number, command.text)
    return AskQuestion(about, _actor(command.actor), said, now)


def form(body: v1.SaveDecisions | v1.ApproveList) -> Form:
    """Read what a form holds."""
    touched = body.touched if isinstance(body, v1.SaveDecisions) else None
    return Form(
        [(decision.running_number, _decision(decision)) for decision in body.decisions],
        body.message,
        [_split(split) for split in body.splits],
        None if touched is None else Touched(set(touched.persons), set(touched.households), touched.message),
    )


def _split(split: DraftSplit) -> Split:
    reason = split.reason
    return Split(split.household, split.confirmed, None if reason is None else SplitReason(reason), split.reason_text)


def moved_in(persons: Sequence[v1.MovedIn]) -> list[MovedIn]:
    """Read who moved in, and when."""
    return [MovedIn(person.running_number, person.settlement_date, person.reason) for person in persons]


def week(planned: v1.Week | None) -> Week | None:
    """Read a week."""
    return None if planned is None else Week(planned.year, planned.week)


def _actor(actor: fields.Actor) -> Actor:
    return Actor(actor.user_id, actor.display_name, Role(actor.role))


def _decision(decision: v1.DraftDecision) -> Decision:
    reason = decision.reason
    return Decision(decision.accept, None if reason is None else DeclineReason(reason), decision.reason_text)
