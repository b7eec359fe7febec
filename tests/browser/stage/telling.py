"""Tells the invented world on the state topics, as the four services would: what is so, and what comes to happen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from confluent_kafka import Producer

from chassis.broker.kafka import partition_of
from contracts import topics
from contracts.codes import (
    LetterKind,
    LetterLanguage,
    ListStatus,
    NoticeKind,
    PersonStatus,
    WithdrawalReason,
)
from contracts.distribution.v1 import (
    PersonFolderState,
    Withdrawal,
)
from contracts.envelope import Envelope, Message, encode_headers
from contracts.letters.v1 import Document, LetterState
from contracts.municipality.v1 import LedgerChangeState, LedgerYearState, Request
from contracts.notification.v1 import NoticeState
from services.letters.domain.about import request_case
from tests.browser.stage import ledgers, reports as stage_reports, settling, world
from tests.browser.stage.world import OneList

PDF = b"%PDF-1.7\n% a letter, for tests\n%%EOF\n"


@dataclass
class Teller:
    """Knows what is so, and publishes it."""

    bootstrap_servers: str
    objects: Path
    lists: dict[str, OneList] = field(default_factory=dict)
    notices: dict[str, tuple[NoticeState, int]] = field(default_factory=dict)
    years: dict[str, tuple[LedgerYearState, int]] = field(default_factory=dict)
    reports: dict[str, tuple[stage_reports.State, int]] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    four_eyes: set[str] = field(default_factory=set)
    _register_version: int = 1

    def __post_init__(self) -> None:
        self._producer = Producer(
            {"bootstrap.servers": self.bootstrap_servers, "linger.ms": 2, "enable.idempotence": True}
        )

    def tell_the_world(self) -> None:
        """Publish everything that is so from the beginning."""
        for municipality in world.municipalities():
            self.tell(topics.MUNICIPALITY_STATE, municipality.municipality_id, municipality, 1)
        for year in ledgers.ledgers():
            self.tell_year(year, 2)
            if year.request:
                self.write_request_letter(year.municipality_id, year.year)
            for entry in ledgers.entries(year):
                key = f"{year.municipality_id}/{year.year}/entries/{entry.number}"
                self.tell(topics.MUNICIPALITY_STATE, key, entry, entry.ledger_version, year.municipality_id)
            for change in ledgers.changes(year):
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
            self.tell_notice(notice)
        if one.state.answered:
            self.write_letters(one)

    def say(self, one: OneList, about: int | None, text: str, who: tuple[str, str]) -> None:
        """Write in a thread of the list, as the municipality or as IMDi: then with a notice."""
        message = world.say(one, about, text, who)
        key = f"{one.state.list_id}/messages/{message.number}"
        self.tell(topics.DISTRIBUTION_STATE, key, message, one.version, one.state.list_id)
        self.tell_list(one)
        if message.by_imdi:
            notice = world.notice(one, NoticeKind.IMDI_WROTE, message.written.at)
            self.tell_notice(notice)
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
        self.tell_notice(notice)
        self._producer.flush()

    def require_four_eyes(self, municipality_id: str, *, required: bool) -> None:
        """Have a municipality want another one to send than the one who approved, or not any more."""
        (self.four_eyes.add if required else self.four_eyes.discard)(municipality_id)
        self._register_version += 1
        [state] = [one for one in world.municipalities() if one.municipality_id == municipality_id]
        told = state.model_copy(update={"four_eyes": required})
        self.tell(topics.MUNICIPALITY_STATE, municipality_id, told, self._register_version)
        self._producer.flush()

    def request_places(self, municipality_id: str, year: int, **asked: Any) -> None:
        """Have IMDi's request for a year arrive, or change."""
        key = f"{municipality_id}/{year}"
        state, version = self.years.get(key) or (ledgers.empty_year(municipality_id, year), 0)
        request = Request(**asked, received_at=world.now())
        self.tell_change(key, version + 1, request=request)
        self.tell_year(state.model_copy(update={"request": request}), version + 1)
        self.write_request_letter(municipality_id, year)
        self._producer.flush()

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
        state = ledgers.ledger_list(one)
        key = f"{state.municipality_id}/{state.year}/{state.list_id}"
        self.tell(topics.MUNICIPALITY_STATE, key, state, one.version, state.municipality_id)

    def tell_notice(self, notice: NoticeState, version: int = 1) -> None:
        """Publish a notice as it stands."""
        self.notices[notice.notice_id] = (notice, version)
        self.tell(topics.NOTIFICATION_STATE, notice.notice_id, notice, version, notice.municipality_id)

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

    def tell_change(self, key: str, version: int, **changed: Any) -> None:
        municipality_id, year = key.split("/")
        change = LedgerChangeState(
            municipality_id=municipality_id, year=int(year), version=version, at=world.now(), **changed
        )
        of_change = f"{key}/changes/{version}"
        self.tell(topics.MUNICIPALITY_STATE, of_change, change, version, municipality_id)

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
        self.send(topic, key, envelope, body)

    def send(self, topic: topics.Topic, key: str, envelope: Envelope, body: Message | None) -> None:
        self._producer.produce(
            topic.name,
            body.model_dump_json().encode() if body else None,
            key.encode(),
            partition_of(envelope.partition_key or key, topic.partitions),
            headers=encode_headers(envelope),
        )
        self._producer.poll(0)
