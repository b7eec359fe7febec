"""Loading the demonstration into a running stack, through the topics alone, as IMDi and caseworkers would."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from contracts.codes import ContactRole, Role
from contracts.distribution.v1 import (
    ApproveList,
    Decision,
    MovedIn,
    PlanSettlement,
    RegisterSettlements,
    SaveDecisions,
    SendAnswer,
    Week,
)
from contracts.fields import Actor
from contracts.imdi.v1 import RequestPlaces
from contracts.municipality.reports import ReportCommand
from contracts.municipality.v1 import Contact, RegisterContacts, RegisterResolution
from contracts.topics import DISTRIBUTION_COMMANDS, IMDI_LISTS, IMDI_REQUESTS, MUNICIPALITY_COMMANDS
from ops import broker
from ops.demo.answers import MESSAGES, caseworker, decisions
from ops.demo.conversation import Command, Conversation
from ops.demo.lists import MUNICIPALITIES, DemoList, DemoMunicipality, Stage, demonstration
from ops.demo.reports import reports
from ops.inbound import Inbound

SEED = 2558
"""With it Bergen has lists in every state, of those answered some with persons declined, and needs of several kinds."""
_IDS = uuid.UUID("5b3a5f43-55c5-5f0c-8a0d-9c9b8c1f7d20")
_ASCII = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "é": "e"})
_SYSTEM = Actor(user_id="demo", display_name="Demonstrasjon", role=Role.SYSTEM)

Progress = Callable[[str], None]


@dataclass
class _Case:
    """A list of the demonstration on its way, with who works on it and the version it has reached."""

    demo: DemoList
    municipality_id: str
    actor: Actor
    decisions: list[Decision]
    message: str
    version: int = 0

    @property
    def list_id(self) -> str:
        return self.demo.body.list_id

    @property
    def accepted(self) -> list[int]:
        """Running numbers of whom the answer accepts."""
        return [decision.running_number for decision in self.decisions if decision.accept]


def load(bootstrap: str, now: datetime, progress: Progress, seed: int = SEED) -> int:
    """Publish and answer the whole demonstration; returns how many lists it has.

    ``now`` is a time in Europe/Oslo: its date is the day of every list. Raises UserError where the services refuse
    something or do not answer in time. Doing it again after it was broken off goes on where it stopped: every message
    has an id that follows from the seed.
    """
    broker.check(bootstrap)
    random = Random(seed)
    conversation = Conversation(bootstrap, now)
    today = now.date()
    progress("requests and resolutions of 28 municipalities")
    _years(conversation, today)
    lists = demonstration(seed, today)
    progress("reports between the lists")
    conversation.ask([_report(body) for body in reports(seed, lists, today)])
    progress(f"{len(lists)} distribution lists")
    broker.publish(bootstrap, [Inbound(0, IMDI_LISTS, demo.body) for demo in lists], now, lambda _done: None)
    conversation.hear(
        lambda: all(demo.body.list_id in conversation.states for demo in lists), "the demonstration's lists"
    )
    cases = [_case(random, demo) for demo in lists]
    progress("answers")
    _work(conversation, cases, now)
    return len(lists)


def _years(conversation: Conversation, today: date) -> None:
    """Ask for places this year, and register resolutions and contacts, for each municipality of the demonstration."""
    requests = [
        RequestPlaces(
            municipality_number=municipality.number,
            year=today.year,
            ordinary_places=municipality.ordinary_places + municipality.ordinary_places // 10,
            unaccompanied_minor_places=municipality.unaccompanied_minor_places,
            answer_by=today + timedelta(days=30),
        )
        for municipality in MUNICIPALITIES
    ]
    ids = [f"k-{municipality.number}" for municipality in MUNICIPALITIES]
    conversation.hear(lambda: all(name in conversation.states for name in ids), "the register of municipalities")
    inbound = [Inbound(0, IMDI_REQUESTS, request) for request in requests]
    broker.publish(conversation.bootstrap, inbound, conversation.now, lambda _done: None)
    years = [f"{name}/{today.year}" for name in ids]
    # Lists may have moved a year before: the record that shows the request is the present one.
    conversation.hear(
        lambda: all(conversation.states.get(name, {}).get("request") is not None for name in years),
        "the year's requests",
    )
    conversation.ask(
        [
            command
            for municipality in MUNICIPALITIES
            for command in (_resolution(conversation, municipality, today), _contacts(conversation, municipality))
        ]
    )


def _resolution(conversation: Conversation, municipality: DemoMunicipality, today: date) -> Command:
    municipality_id = f"k-{municipality.number}"
    body = RegisterResolution(
        municipality_id=municipality_id,
        year=today.year,
        ordinary_places=municipality.ordinary_places,
        unaccompanied_minor_places=municipality.unaccompanied_minor_places,
        resolved_on=min(today, date(today.year, 1, 28)),
        case_number=f"{today.year}/00{municipality.number}",
        expected_version=conversation.versions[f"{municipality_id}/{today.year}"],
        actor=_SYSTEM,
    )
    return Command(
        _name("resolution", municipality_id),
        MUNICIPALITY_COMMANDS,
        municipality_id,
        f"{municipality_id}/{today.year}",
        body,
    )


def _contacts(conversation: Conversation, municipality: DemoMunicipality) -> Command:
    municipality_id = f"k-{municipality.number}"
    people = {caseworker(Random(index), municipality_id).display_name for index in range(4)}
    contacts = [
        Contact(
            name=name,
            email=f"{name.lower().replace(' ', '.').translate(_ASCII)}@k{municipality.number}.example",
            roles=[ContactRole.SETTLEMENT_WRITER] + ([ContactRole.ESCALATION] if index == 0 else []),
        )
        for index, name in enumerate(sorted(people))
    ]
    body = RegisterContacts(
        municipality_id=municipality_id,
        contacts=contacts,
        expected_version=conversation.versions[municipality_id],
        actor=_SYSTEM,
    )
    return Command(_name("contacts", municipality_id), MUNICIPALITY_COMMANDS, municipality_id, municipality_id, body)


def _report(body: ReportCommand) -> Command:
    return Command(
        _name(body.message_type, body.subject), MUNICIPALITY_COMMANDS, body.municipality_id, body.subject, body
    )


def _case(random: Random, demo: DemoList) -> _Case:
    municipality_id = f"k-{demo.body.municipality_number}"
    return _Case(
        demo,
        municipality_id,
        caseworker(random, municipality_id),
        decisions(random, demo.body),
        random.choice(MESSAGES),
        version=1,
    )


def _work(conversation: Conversation, cases: Sequence[_Case], now: datetime) -> None:
    """Take every list as far as its stage says, all lists of a step at once."""
    begun = [case for case in cases if case.demo.stage is not Stage.RECEIVED]
    _step(
        conversation,
        [
            (case, SaveDecisions(**_common(case), decisions=list(case.decisions), message=case.message))
            for case in begun
        ],
    )
    approved = [case for case in begun if case.demo.stage is not Stage.UNDER_TREATMENT]
    _step(
        conversation,
        [(case, ApproveList(**_common(case), decisions=case.decisions, message=case.message)) for case in approved],
    )
    answered = [case for case in approved if case.demo.stage is not Stage.APPROVED]
    _step(
        conversation, [(case, SendAnswer(**_common(case), accepted_at=datetime.now(now.tzinfo))) for case in answered]
    )
    # Of whom is placed, some have moved in, and the others are planned for three weeks ahead.
    placed = [case for case in answered if case.accepted]
    settled = [case for case in placed if case.demo.stage is Stage.SETTLED]
    moved_in = [
        [MovedIn(running_number=number, settlement_date=now.date()) for number in case.accepted] for case in settled
    ]
    _step(
        conversation,
        [
            (case, RegisterSettlements(**_common(case), persons=persons))
            for case, persons in zip(settled, moved_in, strict=True)
        ],
    )
    year, week, _weekday = (now.date() + timedelta(weeks=3)).isocalendar()
    waiting = [case for case in placed if case.demo.stage is not Stage.SETTLED]
    _step(
        conversation,
        [
            (case, PlanSettlement(**_common(case), running_numbers=case.accepted, week=Week(year=year, week=week)))
            for case in waiting
        ],
    )


def _step(
    conversation: Conversation,
    work: Sequence[tuple[_Case, SaveDecisions | ApproveList | SendAnswer | RegisterSettlements | PlanSettlement]],
) -> None:
    commands = [
        Command(
            _name(body.message_type, f"{case.list_id}/{case.version}"),
            DISTRIBUTION_COMMANDS,
            case.municipality_id,
            case.list_id,
            body,
        )
        for case, body in work
    ]
    versions = conversation.ask(commands)
    for (case, _body), command in zip(work, commands, strict=True):
        case.version = versions[command.name]


def _common(case: _Case) -> dict[str, object]:
    return {
        "list_id": case.list_id,
        "municipality_id": case.municipality_id,
        "expected_version": case.version,
        "actor": case.actor,
    }


def _name(*parts: str) -> str:
    return str(uuid.uuid5(_IDS, "/".join(parts)))
