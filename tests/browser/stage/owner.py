"""Stands in for the four services: beside telling the invented world, it answers commands."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer

from contracts import topics
from contracts.codes import (
    ListChangeKind,
    ListStatus,
    NoticeKind,
    PersonStatus,
)
from contracts.distribution.threads_v1 import AskQuestion
from contracts.distribution.v1 import (
    ApproveList,
    ListCommand,
    PlanSettlement,
    RegisterSettlements,
    ReturnToTreatment,
    SaveDecisions,
    SendAnswer,
)
from contracts.envelope import Envelope, Message, decode_headers
from contracts.municipality.reports import ReportCommand
from contracts.municipality.v1 import RegisterResolution, Resolution
from contracts.notification.v1 import MarkNoticesRead
from contracts.outcomes import CommandAccepted, CommandRefused
from tests.browser.stage import ledgers, reports as stage_reports, settling, world
from tests.browser.stage.drafts import Drafts
from tests.browser.stage.telling import Teller
from tests.browser.stage.world import OneList

COMMANDS = (topics.DISTRIBUTION_COMMANDS, topics.NOTIFICATION_COMMANDS, topics.MUNICIPALITY_COMMANDS)
REPLIES: dict[type[Message], topics.Topic] = {
    MarkNoticesRead: topics.NOTIFICATION_REPLIES,
    RegisterResolution: topics.MUNICIPALITY_REPLIES,
}


@dataclass
class Owner(Teller):
    """Answers in its own thread. ``silent``: takes commands and says nothing, as an owner that is down would."""

    taken: list[tuple[str, Any]] = field(default_factory=list)
    drafts: Drafts = field(default_factory=Drafts)
    silent: bool = False
    _outcomes: dict[str, Message] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def asked(self, list_id: str) -> list[tuple[str, Any]]:
        """Tell the commands about a list so far, each with its message id, in the order they came."""
        return [(identity, body) for identity, body in self.taken if getattr(body, "list_id", None) == list_id]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._producer.flush()

    def _run(self) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap_servers,
                "group.id": f"owner-{uuid4()}",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
            }
        )
        consumer.subscribe([topic.name for topic in COMMANDS])
        while not self._stop.is_set():
            record = consumer.poll(0.05)
            if record is None or record.error():
                continue
            envelope = decode_headers([(name, bytes(value)) for name, value in record.headers() or ()])
            model = topics.BY_NAME[record.topic()].types[envelope.type]
            self._take(envelope, model.model_validate_json(record.value()))
        consumer.close()

    def _take(self, envelope: Envelope, body: Any) -> None:
        if not self._knows(body):
            return  # of a test before this one
        self.taken.append((envelope.id, body))
        deadline = time.monotonic() + 30
        while self.silent and time.monotonic() < deadline and not self._stop.is_set():
            time.sleep(0.02)
        if envelope.id not in self._outcomes:
            if isinstance(body, MarkNoticesRead):
                self._outcomes[envelope.id] = self._read_notices(envelope.id, body)
            elif isinstance(body, ReportCommand):
                outcome, after = stage_reports.decided(envelope.id, body, self.reports.get(body.subject))
                self._outcomes[envelope.id] = outcome
                if after:
                    self.tell_report(*after)
            elif isinstance(body, RegisterResolution):
                self._outcomes[envelope.id] = self._resolve(envelope.id, body)
            elif isinstance(body, AskQuestion):
                self._outcomes[envelope.id] = self._ask(envelope.id, body)
            else:
                self._outcomes[envelope.id] = self._decide(envelope.id, body)
        topic = REPLIES.get(type(body), topics.DISTRIBUTION_REPLIES)
        topic = topics.MUNICIPALITY_REPLIES if isinstance(body, ReportCommand) else topic
        outcome = self._outcomes[envelope.id]
        reply = Envelope(f"outcome:{envelope.id}", "/test/owner", outcome.message_type, envelope.subject, world.now())
        self.send(topic, envelope.id, reply, outcome)
        self._producer.flush()

    def _knows(self, body: Any) -> bool:
        if isinstance(body, MarkNoticesRead):
            return all(identity in self.notices for identity in body.notice_ids)
        return isinstance(body, RegisterResolution | ReportCommand) or body.list_id in self.lists

    def _read_notices(self, command_id: str, body: MarkNoticesRead) -> Message:
        for identity in body.notice_ids:
            notice, version = self.notices[identity]
            notice = notice.model_copy(update={"read_by": [*notice.read_by, body.actor.user_id]})
            self.tell_notice(notice, version + 1)
        return CommandAccepted(command_id=command_id, subject=body.municipality_id, version=0)

    def _resolve(self, command_id: str, body: RegisterResolution) -> Message:
        key = f"{body.municipality_id}/{body.year}"
        state, version = self.years.get(key) or (ledgers.empty_year(body.municipality_id, body.year), 0)
        if version != body.expected_version:
            params = {"expected": str(body.expected_version), "actual": str(version)}
            return CommandRefused(
                command_id=command_id, subject=key, version=version, problem="changed-meanwhile", params=params
            )
        made = Resolution(
            **body.model_dump(include={"ordinary_places", "unaccompanied_minor_places", "resolved_on", "case_number"}),
            registered_at=world.now(),
            registered_by=body.actor.display_name,
        )
        self.tell_change(key, version + 1, resolution=made)
        self.tell_year(ledgers.agreed(state, made), version + 1)
        return CommandAccepted(command_id=command_id, subject=key, version=version + 1)

    def _ask(self, command_id: str, body: AskQuestion) -> Message:
        one = self.lists[body.list_id]
        if who := one.state.answered:
            told = {"by": who.display_name, "at": who.at.isoformat()}
            problem, version = "already-answered", one.version
            return CommandRefused(
                command_id=command_id, subject=body.list_id, version=version, problem=problem, params=told
            )
        self.say(one, body.running_number, body.text, (body.actor.user_id, body.actor.display_name))
        return CommandAccepted(command_id=command_id, subject=body.list_id, version=one.version)

    def _decide(self, command_id: str, body: ListCommand) -> Message:
        one = self.lists[body.list_id]
        if refusal := self._refusal(one, body):
            problem, params = refusal
            return CommandRefused(
                command_id=command_id, subject=body.list_id, version=one.version, problem=problem, params=params
            )
        acted = world.act(world.now(), (body.actor.user_id, body.actor.display_name))
        change = None
        if isinstance(body, SaveDecisions | ApproveList):
            change = self.drafts.keep(one, body, one.version + 2)
            approving = isinstance(body, ApproveList)
            status = ListStatus.APPROVED if approving else ListStatus.UNDER_TREATMENT
            update = {"status": status, "changed": acted, "approved": acted if approving else None}
        elif isinstance(body, RegisterSettlements):
            moved_in = {person.running_number: person for person in body.persons}
            one.persons = settling.settled(one, moved_in, acted)
            settled = sum(person.status is PersonStatus.SETTLED for person in one.persons)
            update = {"changed": acted, "settled": settled}
        elif isinstance(body, PlanSettlement):
            one.persons = settling.planned(one, body.running_numbers, body.week, acted)
            update = {"changed": acted}
        elif isinstance(body, ReturnToTreatment):
            change = self.drafts.change(one, one.version + 2, ListChangeKind.RETURNED)
            update = {"status": ListStatus.UNDER_TREATMENT, "changed": acted, "approved": None}
        else:
            assert isinstance(body, SendAnswer)
            change = self.drafts.change(one, one.version + 2, ListChangeKind.SENT)
            update = self._placed(one) | {
                "status": ListStatus.ANSWERED,
                "answered": acted,
                "late": one.state.deadline < world.now().date(),
            }
        one.version += 2
        one.state = one.state.model_copy(update=update)
        if isinstance(body, SendAnswer):
            one.state = one.state.model_copy(update={"places_version": one.version})
        if change is not None:
            key = f"{body.list_id}/changes/{one.version}"
            told = change.model_copy(update={"by": acted})
            self.tell(topics.DISTRIBUTION_STATE, key, told, one.version, body.list_id)
        self.tell_list(one)
        if isinstance(body, SendAnswer):
            self.write_letters(one)
            answered = world.notice(one, NoticeKind.LIST_ANSWERED, world.now())
            self.tell_notice(answered)
        return CommandAccepted(command_id=command_id, subject=body.list_id, version=one.version)

    def _refusal(self, one: OneList, body: ListCommand) -> tuple[str, dict[str, str]] | None:  # noqa: PLR0911  one a kind
        if one.state.withdrawn:
            return "list-withdrawn", {"at": one.state.withdrawn.at.isoformat(), "reason": one.state.withdrawn.reason}
        if not one.state.answered and body.expected_version < self.gone.get(one.state.list_id, 0):
            numbers = [person.running_number for person in one.persons if person.withdrawn]
            moment = max(person.withdrawn.at for person in one.persons if person.withdrawn)
            told = {"running_numbers": ", ".join(map(str, numbers)), "at": moment.isoformat()}
            return "person-withdrawn", told
        if one.state.answered and not isinstance(body, RegisterSettlements | PlanSettlement):
            who = one.state.answered
            return "already-answered", {"by": who.display_name, "at": who.at.isoformat()}
        if isinstance(body, SendAnswer) and body.municipality_id in self.four_eyes:
            approved = one.state.approved
            if approved is not None and approved.user_id == body.actor.user_id:
                return "four-eyes-required", {"at": approved.at.isoformat()}
        open_to_drafts = one.state.status in {ListStatus.RECEIVED, ListStatus.UNDER_TREATMENT}
        if isinstance(body, SaveDecisions) and body.touched is not None and open_to_drafts:
            conflict = self.drafts.conflict(one, body)
            return None if conflict is None else ("draft-conflict", conflict)
        if not one.version - len(one.messages) <= body.expected_version <= one.version:
            changed = one.state.changed
            return "version-conflict", {"by": changed.display_name, "at": changed.at.isoformat()} if changed else {}
        return None

    def _placed(self, one: OneList) -> dict[str, Any]:
        one.persons = [
            person
            if person.withdrawn
            else person.model_copy(
                update={"status": PersonStatus.PLACED, "placed_on": world.now().date()}
                if person.decision.accept
                else {"status": PersonStatus.DECLINED}
            )
            for person in one.persons
        ]
        return {"placed": one.state.accepted}
