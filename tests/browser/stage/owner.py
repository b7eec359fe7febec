"""Stands in for the four services: tells the invented world on the state topics, and answers commands."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from confluent_kafka import Consumer, Producer

from chassis.kafka import partition_of
from contracts import topics
from contracts.codes import (
    LetterKind,
    LetterLanguage,
    ListChangeKind,
    ListStatus,
    NoticeKind,
    PersonStatus,
    WithdrawalReason,
)
from contracts.distribution.threads_v1 import AskQuestion
from contracts.distribution.v1 import (
    ApproveList,
    ListCommand,
    PersonFolderState,
    PlanSettlement,
    RegisterSettlements,
    ReturnToTreatment,
    SaveDecisions,
    SendAnswer,
    Withdrawal,
)
from contracts.envelope import Envelope, Message, decode_headers, encode_headers
from contracts.letters.v1 import Document, LetterState
from contracts.municipality.reports import ReportCommand
from contracts.municipality.v1 import LedgerChangeState, LedgerYearState, RegisterResolution, Request, Resolution
from contracts.notification.v1 import MarkNoticesRead, NoticeState
from contracts.outcomes import CommandAccepted, CommandRefused
from services.letters.domain.about import request_case
from tests.browser.stage import reports as stage_reports, settling, world
from tests.browser.stage.drafts import Drafts
from tests.browser.stage.world import OneList

COMMANDS = (topics.DISTRIBUTION_COMMANDS, topics.NOTIFICATION_COMMANDS, topics.MUNICIPALITY_COMMANDS)
REPLIES: dict[type[Message], topics.Topic] = {
    MarkNoticesRead: topics.NOTIFICATION_REPLIES,
    RegisterResolution: topics.MUNICIPALITY_REPLIES,
}
PDF = b"%PDF-1.7\n% a letter, for tests\n%%EOF\n"


@dataclass
class Owner:
    """Answers in its own thread. ``silent``: takes commands and says nothing, as an owner that is down would."""

    bootstrap_servers: str
    objects: Path
    lists: dict[str, OneList] = field(default_factory=dict)
    notices: dict[str, tuple[NoticeState, int]] = field(default_factory=dict)
    years: dict[str, tuple[LedgerYearState, int]] = field(default_factory=dict)
    reports: dict[str, tuple[stage_reports.State, int]] = field(default_factory=dict)
    taken: list[tuple[str, Any]] = field(default_factory=list)
    gone: dict[str, int] = field(default_factory=dict)
    drafts: Drafts = field(default_factory=Drafts)
    four_eyes: set[str] = field(default_factory=set)
    silent: bool = False
    _register_version: int = 1
    _outcomes: dict[str, Message] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._producer = Producer(
            {"bootstrap.servers": self.bootstrap_servers, "linger.ms": 2, "enable.idempotence": True}
        )
        self._thread = threading.Thread(target=self._run, daemon=True)

    def tell_the_world(self) -> None:
        """Publish everything that is so from the beginning."""
        for municipality in world.municipalities():
            self.tell(topics.MUNICIPALITY_STATE, municipality.municipality_id, municipality, 1)
        for year in world.ledgers():
            self.tell_year(year, 2)
            if year.request:
                self.write_request_letter(year.municipality_id, year.year)
            for entry in world.entries(year):
                key = f"{year.municipality_id}/{year.year}/entries/{entry.number}"
                self.tell(topics.MUNICIPALITY_STATE, key, entry, entry.ledger_version, year.municipality_id)
            for change in world.changes(year):
                key = f"{year.municipality_id}/{year.year}/changes/{change.version}"
                self.tell(topics.MUNICIPALITY_STATE, key, change, change.version, year.municipality_id)
        for report in stage_reports.reports():
            self.tell_report(report, 1)
        for one in world.lists():
            self.add(one)
        for identity, about, text, who in world.CONVERSATIONS:
            self.say(self.lists[identity], about, text, who)
        self._producer.flush()

    def tell_year(self, year: LedgerYearState, version: int) -> None:
        """Publish a ledger year as it stands."""
        key = f"{year.municipality_id}/{year.year}"
        self.years[key] = (year, version)
        self.tell(topics.MUNICIPALITY_STATE, key, year, version, year.municipality_id)

    def tell_report(self, state: stage_reports.State, version: int) -> None:
        """Publish a report as it stands."""
        key = f"{state.municipality_id}/reports/{state.report_id}"
        self.reports[key] = (state, version)
        topic = topics.PERSON_REPORTS if state.kind.about_persons else topics.MUNICIPALITY_STATE
        self.tell(topic, key, state, version, state.municipality_id)
        self._producer.poll(0)

    def add(self, one: OneList, *, followed: bool = True) -> None:
        """Publish a list with its notices; ``followed``: the ledger too."""
        self.lists[one.state.list_id] = one
        for change in world.history(one):
            key = f"{one.state.list_id}/changes/{change.version}"
            self.tell(topics.DISTRIBUTION_STATE, key, change, one.version, one.state.list_id)
        self.tell_list(one)
        if followed:
            self.follow(one)
        for notice in world.notices(one):
            self.notices[notice.notice_id] = (notice, 1)
            self.tell(topics.NOTIFICATION_STATE, notice.notice_id, notice, 1, notice.municipality_id)
        if one.state.answered:
            self.write_letters(one)

    def require_four_eyes(self, municipality_id: str, *, required: bool) -> None:
        """Have a municipality want another one to send than the one who approved, or not any more."""
        (self.four_eyes.add if required else self.four_eyes.discard)(municipality_id)
        self._register_version += 1
        [state] = [one for one in world.municipalities() if one.municipality_id == municipality_id]
        told = state.model_copy(update={"four_eyes": required})
        self.tell(topics.MUNICIPALITY_STATE, municipality_id, told, self._register_version)
        self._producer.flush()

    def asked(self, list_id: str) -> list[tuple[str, Any]]:
        """Tell the commands about a list so far, each with its message id, in the order they came."""
        return [(identity, body) for identity, body in self.taken if getattr(body, "list_id", None) == list_id]

    def say(self, one: OneList, about: int | None, text: str, who: tuple[str, str]) -> None:
        """Write in a thread of the list, as the municipality or as IMDi: then with a notice."""
        message = world.say(one, about, text, who)
        key = f"{one.state.list_id}/messages/{message.number}"
        self.tell(topics.DISTRIBUTION_STATE, key, message, one.version, one.state.list_id)
        self.tell_list(one)
        if message.by_imdi:
            notice = world.notice(one, NoticeKind.IMDI_WROTE, message.written.at)
            self.notices[notice.notice_id] = (notice, 1)
            self.tell(topics.NOTIFICATION_STATE, notice.notice_id, notice, 1, notice.municipality_id)
        self._producer.flush()

    def withdraw(self, one: OneList, *numbers: int) -> None:
        """Have IMDi take these persons back, or the list where none are named."""
        whole = not numbers
        taken = Withdrawal(at=world.now(), reason=WithdrawalReason.NEW_INFORMATION)
        one.version += 1
        one.persons = [
            person.model_copy(update={"status": PersonStatus.WITHDRAWN, "withdrawn": taken})
            if (whole or person.running_number in numbers) and person.status is not PersonStatus.DECLINED
            else person
            for person in one.persons
        ]
        present = [person for person in one.persons if person.withdrawn is None]
        update: dict[str, Any] = {
            "changed": world.act(taken.at, ("imdi", "IMDi")),
            "withdrawn_persons": len(one.persons) - len(present),
            "accepted": sum(person.decision.accept for person in present),
            "declined": sum(not person.decision.accept for person in present),
            "placed": sum(person.status is PersonStatus.PLACED for person in present),
            "places_version": one.version,
        }
        if whole:
            update |= {"status": ListStatus.WITHDRAWN, "withdrawn": taken}
        elif one.state.status is ListStatus.APPROVED:
            update |= {"status": ListStatus.UNDER_TREATMENT, "approved": None}
        one.state = one.state.model_copy(update=update)
        self.gone[one.state.list_id] = one.version
        self.tell_list(one)
        for person in one.persons:
            if person.withdrawn and person.placed_on:
                key = f"{one.state.list_id}/{person.running_number}"
                kind = PersonFolderState.message_type
                self.tell(topics.PERSON_FOLDERS, key, None, one.version, one.state.list_id, kind=kind)
        self.follow(one)
        told = NoticeKind.LIST_WITHDRAWN if whole else NoticeKind.PERSONS_WITHDRAWN
        notice = world.notice(one, told, taken.at)
        self.notices[notice.notice_id] = (notice, 1)
        self.tell(topics.NOTIFICATION_STATE, notice.notice_id, notice, 1, notice.municipality_id)
        self._producer.flush()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._producer.flush()

    def tell(
        self,
        topic: topics.Topic,
        key: str,
        body: Message | None,
        sequence: int,
        partition_key: str | None = None,
        *,
        kind: str = "",
    ) -> None:
        """Publish a state record, or a tombstone of ``kind``."""
        type_name = body.message_type if body else kind
        envelope = Envelope(
            f"{type_name}:{key}:{sequence}",
            "/test/owner",
            type_name,
            key,
            world.now(),
            sequence,
            partition_key=partition_key,
        )
        self._send(topic, key, envelope, body)

    def tell_list(self, one: OneList) -> None:
        identity = one.state.list_id
        for person in one.persons:
            key = f"{identity}/{person.running_number}"
            self.tell(topics.DISTRIBUTION_STATE, key, person, one.version, identity)
        self.tell(topics.DISTRIBUTION_STATE, identity, one.state, one.version, identity)
        for folder in settling.folders(one):
            key = f"{identity}/{folder.running_number}"
            self.tell(topics.PERSON_FOLDERS, key, folder, one.version, identity)

    def follow(self, one: OneList) -> None:
        state = world.ledger_list(one)
        key = f"{state.municipality_id}/{state.year}/{state.list_id}"
        self.tell(topics.MUNICIPALITY_STATE, key, state, one.version, state.municipality_id)

    def write_letters(self, one: OneList) -> None:
        accepted = [person for person in one.persons if person.decision.accept and person.withdrawn is None]
        about, numbers = (one.state.municipality_id, one.state.list_id), [one.running_number for one in accepted]
        self._write_letter(*about, LetterKind.PLACEMENT_DECISION, persons=numbers)
        for number in numbers:
            self._write_letter(*about, LetterKind.LETTER_TO_PERSON, running_number=number, persons=[number])

    def write_request_letter(self, municipality_id: str, year: int) -> None:
        self._write_letter(municipality_id, request_case(municipality_id, year), LetterKind.REQUEST, year=year)

    def _write_letter(self, municipality_id: str, list_id: str, kind: LetterKind, **more: Any) -> None:
        letter_id = str(uuid5(NAMESPACE_URL, f"{list_id}/{more.get('running_number')}"))
        object_key = f"letters/{letter_id}.pdf"
        path = self.objects / object_key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PDF)
        document = Document(
            object_key=object_key, sha256=hashlib.sha256(PDF).hexdigest(), size=41233, created_at=world.now()
        )
        state = LetterState(
            letter_id=letter_id,
            municipality_id=municipality_id,
            list_id=list_id,
            kind=kind,
            language=LetterLanguage.BOKMAAL,
            planned_at=world.now(),
            document=document,
            dated=world.now().date(),
            **more,
        )
        self.tell(topics.LETTERS_STATE, letter_id, state, 1, list_id)

    def _send(self, topic: topics.Topic, key: str, envelope: Envelope, body: Message | None) -> None:
        self._producer.produce(
            topic.name,
            body.model_dump_json().encode() if body else None,
            key.encode(),
            partition_of(envelope.partition_key or key, topic.partitions),
            headers=encode_headers(envelope),
        )
        self._producer.poll(0)

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
        self._send(topic, envelope.id, reply, outcome)
        self._producer.flush()

    def _knows(self, body: Any) -> bool:
        if isinstance(body, MarkNoticesRead):
            return all(identity in self.notices for identity in body.notice_ids)
        return isinstance(body, RegisterResolution | ReportCommand) or body.list_id in self.lists

    def _read_notices(self, command_id: str, body: MarkNoticesRead) -> Message:
        for identity in body.notice_ids:
            notice, version = self.notices[identity]
            notice = notice.model_copy(update={"read_by": [*notice.read_by, body.actor.user_id]})
            self.notices[identity] = (notice, version + 1)
            self.tell(topics.NOTIFICATION_STATE, identity, notice, version + 1, notice.municipality_id)
        return CommandAccepted(command_id=command_id, subject=body.municipality_id, version=0)

    def request_places(self, municipality_id: str, year: int, **asked: Any) -> None:
        """Have IMDi's request for a year arrive, or change."""
        key = f"{municipality_id}/{year}"
        state, version = self.years.get(key) or (world.empty_year(municipality_id, year), 0)
        request = Request(**asked, received_at=world.now())
        self._tell_change(key, version + 1, request=request)
        self.tell_year(state.model_copy(update={"request": request}), version + 1)
        self.write_request_letter(municipality_id, year)
        self._producer.flush()

    def _resolve(self, command_id: str, body: RegisterResolution) -> Message:
        key = f"{body.municipality_id}/{body.year}"
        state, version = self.years.get(key) or (world.empty_year(body.municipality_id, body.year), 0)
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
        self._tell_change(key, version + 1, resolution=made)
        self.tell_year(world.agreed(state, made), version + 1)
        return CommandAccepted(command_id=command_id, subject=key, version=version + 1)

    def _tell_change(self, key: str, version: int, **changed: Any) -> None:
        municipality_id, year = key.split("/")
        change = LedgerChangeState(
            municipality_id=municipality_id, year=int(year), version=version, at=world.now(), **changed
        )
        of_change = f"{key}/changes/{version}"
        self.tell(topics.MUNICIPALITY_STATE, of_change, change, version, municipality_id)

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
            self.notices[answered.notice_id] = (answered, 1)
            self.tell(topics.NOTIFICATION_STATE, answered.notice_id, answered, 1, answered.municipality_id)
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
