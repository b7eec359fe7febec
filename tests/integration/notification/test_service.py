"""The service over real Kafka and PostgreSQL: what goes in, and what comes out of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from chassis.clock import FixedClock
from chassis.service import Running, running
from contracts import codes, outcomes, topics
from contracts.distribution import v1 as distribution
from contracts.envelope import Envelope, encode_headers
from contracts.fields import Actor
from contracts.letters.v1 import LetterStatusChanged
from contracts.municipality.v1 import ContactState, MunicipalityState
from contracts.notification import choices, v1
from contracts.notification.contacts import contact_reference
from ops.testing.databases import Databases
from services.notification.bootstrap import NotificationSettings, bootstrap
from tests.integration.desks import NOW, Desk, Heard, clients, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

READ = (
    topics.DISTRIBUTION_EVENTS,
    topics.LETTERS_EVENTS,
    topics.MUNICIPALITY_STATE,
    topics.NOTIFICATION_COMMANDS,
)
FAILURES = topics.BY_NAME["notification.failures.v1"]
WRITTEN = (topics.NOTIFICATION_EVENTS, topics.NOTIFICATION_STATE, topics.NOTIFICATION_REPLIES, FAILURES)
PEOPLE = [distribution.PersonPlace(running_number=1, place_kind=codes.PlaceKind.ORDINARY)]


class NotificationDesk(Desk):
    """A desk before notification."""

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Running]:
        settings = NotificationSettings(
            kafka_bootstrap_servers=self.bootstrap_servers,
            database_url=self.database_url,
            relay_poll=0.2,
            smtp_url="smtp://127.0.0.1:9",
            mail_from="Fordeling <ikke-svar@fordeling.example>",
            public_url="http://localhost:8080",
        )
        async with running(bootstrap(settings), settings, clock=FixedClock(NOW)) as state:
            yield state


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(kafka: str, databases: Databases) -> AsyncIterator[Desk]:
    """Open the desk, with one replica of the service behind it."""
    url = databases.migrated("services.notification.migrations")
    async with clients(kafka, WRITTEN, READ) as (producer, consumer):
        desk = NotificationDesk(kafka, url, producer, consumer)
        async with desk.service():
            yield desk


def place_of(number: int) -> dict[str, Any]:
    return {"list_id": f"FL-2026-{number:06}", "municipality_id": f"k-{number}", "year": 2026}


async def tell(desk: Desk, event: distribution.ListEvent, version: int) -> None:
    await desk.send(topics.DISTRIBUTION_EVENTS, event.municipality_id, event, subject=event.list_id, sequence=version)


async def receive(desk: Desk, number: int) -> str:
    """Have a list arrive; gives the id of its notice."""
    await tell(
        desk, distribution.ListReceived(**place_of(number), deadline=date(2026, 12, 1), persons=PEOPLE), version=1
    )
    [notice] = await desk.hear(lambda heard: states(heard, number))
    return str(notice.notice_id)


def states(heard: list[Heard], number: int) -> list[v1.NoticeState]:
    bodies = [record.body for record in heard if isinstance(record.body, v1.NoticeState)]
    return [body for body in bodies if body.municipality_id == f"k-{number}"]


async def ask(desk: Desk, number: int, *notice_ids: str, user: str = "user-1", command_id: str | None = None) -> Any:
    """Send a command and wait for one more reply to it than there was."""
    identity = command_id or str(uuid4())
    actor = Actor(user_id=user, display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_READER)
    body = v1.MarkNoticesRead(municipality_id=f"k-{number}", notice_ids=list(notice_ids), actor=actor)
    known = len([record for record in desk.heard if record.key == identity])
    await desk.send(
        topics.NOTIFICATION_COMMANDS, body.municipality_id, body, subject=body.municipality_id, message_id=identity
    )
    replies = await desk.hear(lambda heard: [record for record in heard if record.key == identity][known:])
    return replies[-1].body


async def test_a_list_that_arrives_and_is_answered_gives_one_notice_each(desk: Desk) -> None:
    """Repeats give no second; what lies between them gives none; states lie in the municipality's partition."""
    await receive(desk, 1101)
    await tell(desk, distribution.TreatmentStarted(**place_of(1101)), version=2)
    answered = distribution.ListAnswered(
        **place_of(1101), accepted=PEOPLE, declined=[], answered_on=NOW.date(), late=False
    )
    for _ in range(2):
        await tell(desk, answered, version=3)
    await receive(desk, 1102)
    found = await desk.hear(lambda heard: states(heard, 1101)[1:] and states(heard, 1101))
    assert [(notice.kind, notice.list_id, notice.read_by) for notice in found] == [
        (codes.NoticeKind.LIST_RECEIVED, "FL-2026-001101", []),
        (codes.NoticeKind.LIST_ANSWERED, "FL-2026-001101", []),
    ]
    heard = await desk.hear_all()
    posted = [record.body for record in heard if isinstance(record.body, v1.NoticePosted)]
    assert len([body for body in posted if body.municipality_id == "k-1101"]) == 2
    records = [record for record in heard if record.topic == topics.NOTIFICATION_STATE.name]
    assert all(record.envelope.partition_key == record.body.municipality_id for record in records)


async def test_withdrawals_give_a_notice_each(desk: Desk) -> None:
    """Persons twice, then the list: three notices beside the first, and a repeat of any gives none."""
    await receive(desk, 1111)
    place, why = place_of(1111), codes.WithdrawalReason.OTHER
    facts = [
        distribution.PersonsWithdrawn(**place, persons=PEOPLE[:1], reason=why),
        distribution.PersonsWithdrawn(**place, persons=PEOPLE[:1], reason=why),
        distribution.ListWithdrawn(**place, persons=PEOPLE, reason=why),
    ]
    for version, fact in enumerate(facts, 2):
        for _ in range(2):
            await tell(desk, fact, version)
    found = await desk.hear(lambda heard: states(heard, 1111)[3:] and states(heard, 1111))
    persons, whole = codes.NoticeKind.PERSONS_WITHDRAWN, codes.NoticeKind.LIST_WITHDRAWN
    assert [notice.kind for notice in found] == [codes.NoticeKind.LIST_RECEIVED, persons, persons, whole]
    assert len({notice.notice_id for notice in found}) == 4


async def test_reading_is_told_once_and_its_repeat_gets_the_same_answer(desk: Desk) -> None:
    """A command that is sent again, by the same id or another, changes nothing more."""
    notice = await receive(desk, 1103)
    command_id = str(uuid4())
    first = await ask(desk, 1103, notice, command_id=command_id)
    assert first == outcomes.CommandAccepted(command_id=command_id, subject=notice, version=2)
    assert await ask(desk, 1103, notice, command_id=command_id) == first
    again = await ask(desk, 1103, notice)
    assert (again.subject, again.version) == (notice, 2)
    readings = [record.body for record in await desk.hear_all() if isinstance(record.body, v1.NoticeRead)]
    assert readings == [v1.NoticeRead(notice_id=notice, municipality_id="k-1103", user_id="user-1")]
    assert states(desk.heard, 1103)[-1].read_by == ["user-1"]


async def test_another_municipalitys_notice_is_refused(desk: Desk) -> None:
    """The refusal says no more of it than of one that does not exist."""
    own, other = await receive(desk, 1104), await receive(desk, 1105)
    refused = await ask(desk, 1104, own, other)
    assert isinstance(refused, outcomes.CommandRefused)
    assert (refused.problem, refused.params, refused.version) == ("notice-not-found", {"notice": other}, None)
    assert all(notice.read_by == [] for number in (1104, 1105) for notice in states(desk.heard, number))


async def test_a_poison_event_waits_aside_and_others_go_on(desk: Desk) -> None:
    """What cannot be read is parked with what follows of its list; another list's notice is posted."""
    headers = encode_headers(
        Envelope("poison", "/test", distribution.ListReceived.message_type, "FL-2026-001106", NOW, 1)
    )
    await desk.send_raw(topics.DISTRIBUTION_EVENTS, "k-1106", b'{"list_id": "Ola Nordmann"}', headers)
    await receive(desk, 1107)
    [failed] = await desk.hear(lambda heard: [record for record in heard if record.topic == FAILURES.name])
    assert (failed.body.subject, failed.body.message_id, failed.body.behind) == ("FL-2026-001106", "poison", False)
    assert "Ola" not in failed.body.model_dump_json()
    assert states(desk.heard, 1106) == []


async def know(desk: Desk, number: int, *writers: str) -> None:
    """Tell of a municipality that wants another one to send than the one who approved."""
    writing = [codes.ContactRole.SETTLEMENT_WRITER]
    body = MunicipalityState(
        municipality_id=f"k-{number}", number=f"{number:04}", name="X", county_number="11", county_name="Rogaland",
        organisation_number="258935420", language_form=codes.LanguageForm.NEUTRAL, population=5000,
        valid_from=date(2024, 1, 1), four_eyes=True,
        contacts=[ContactState(name="X", email=address, roles=writing) for address in writers],
    )  # fmt: skip
    await desk.send(topics.MUNICIPALITY_STATE, f"k-{number}", body, subject=f"k-{number}", sequence=1)
    connection = await asyncpg.connect(desk.database_url)
    known = "SELECT version FROM municipality_copy WHERE municipality_id = $1"
    await until(partial(connection.fetchval, known, f"k-{number}"))
    await connection.close()
    await receive(desk, number)


async def choose(desk: Desk, number: int, address: str, role: codes.Role, delivery: codes.NoticeDelivery) -> Any:
    """Send a choice for all kinds, and give the reply."""
    identity = str(uuid4())
    body = choices.ChooseNotices(
        municipality_id=f"k-{number}",
        contact_id=contact_reference(address),
        choices=[choices.KindChoice(kind=kind, delivery=delivery) for kind in codes.NoticeKind],
        actor=Actor(user_id="user-1", display_name="Kari Nordmann", role=role),
    )
    await desk.send(
        topics.NOTIFICATION_COMMANDS, f"k-{number}", body, subject=f"k-{number}/choices/user-1", message_id=identity
    )
    replies = await desk.hear(lambda heard: [record for record in heard if record.key == identity])
    return replies[-1].body


async def test_a_choice_is_taken_or_refused_with_its_problem(desk: Desk) -> None:
    """The last who hears may not be silent, a reader not choose; a daily digest is taken, and told with no address."""
    await know(desk, 1120, "anne@k1120.example")
    writer, daily = codes.Role.SETTLEMENT_WRITER, codes.NoticeDelivery.DAILY

    async def until_known() -> Any:
        while True:  # the copy of the municipality comes on another topic than the command
            reply = await choose(desk, 1120, "anne@k1120.example", writer, codes.NoticeDelivery.SURFACE)
            if reply.problem != "not-a-contact":
                return reply

    silent = await until_known()
    assert (silent.problem, silent.params) == ("last-to-know", {"kinds": "list_received,list_overdue"})
    assert (await choose(desk, 1120, "anne@k1120.example", codes.Role.SETTLEMENT_READER, daily)).problem == (
        "role-may-not-write"
    )
    taken = await choose(desk, 1120, "anne@k1120.example", writer, daily)
    assert (taken.subject, taken.version) == ("k-1120/choices/user-1", 1)
    told = [record for record in await desk.hear_all() if record.envelope.subject == "k-1120/choices/user-1"]
    assert {type(record.body) for record in told} == {choices.NoticesChosen, choices.NoticeChoiceState}
    assert "anne" not in "".join(record.body.model_dump_json() for record in told)


async def test_what_waits_for_a_colleague_and_letters_on_paper_have_notices(desk: Desk) -> None:
    """Who approved has read of it; two letters of a list that go as paper one day are one notice; old ones are none."""
    await know(desk, 1121, "anne@k1121.example")
    approved = distribution.ListApproved(**place_of(1121), accepted=1, declined=0, approved_by="user-1")
    await tell(desk, approved, version=2)
    place = {name: value for name, value in place_of(1121).items() if name != "year"}
    for letter, ago in (("l-1", 0), ("l-2", 0), ("l-3", 30)):
        status = LetterStatusChanged(
            **place,
            letter_id=letter,
            kind=codes.LetterKind.PLACEMENT_DECISION,
            status=codes.DispatchStatus.SENT_TO_PRINT,
            at=NOW - timedelta(days=ago),
        )
        await desk.send(topics.LETTERS_EVENTS, "k-1121", status, subject=letter, sequence=4)
    wanted = {codes.NoticeKind.COLLEAGUE_APPROVED, codes.NoticeKind.LETTER_TO_PAPER}
    await desk.hear(lambda heard: wanted <= {notice.kind for notice in states(heard, 1121)})
    await receive(desk, 1122)
    last = {notice.notice_id: notice for notice in states(await desk.hear_all(), 1121)}
    assert sorted((notice.kind.value, tuple(notice.read_by)) for notice in last.values()) == [
        ("colleague_approved", ("user-1",)), ("letter_to_paper", ()), ("list_received", ()),
    ]  # fmt: skip
