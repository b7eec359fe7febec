"""The service over real Kafka and PostgreSQL: what goes in, and what comes out of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from chassis.clock import FixedClock
from chassis.running.timers import fire
from chassis.storage.database import create_pool
from chassis.storage.transaction import Transactions
from contracts import codes, outcomes, topics
from contracts.distribution import v1 as distribution
from contracts.envelope import Envelope, encode_headers
from contracts.fields import Actor
from contracts.imdi.v1 import RequestPlaces
from contracts.municipality import v1
from contracts.notification import v1 as notification
from contracts.notification.contacts import contact_reference
from ops.reconcile.owners.municipality import MUNICIPALITIES
from ops.testing.databases import Databases
from services.municipality.adapters.figures import FIGURES
from services.municipality.bootstrap import bootstrap
from tests.integration.desks import NOW, Heard
from tests.integration.municipality.desk import MunicipalityDesk, open_desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDINARY, MINOR = codes.PlaceKind.ORDINARY, codes.PlaceKind.UNACCOMPANIED_MINOR
PEOPLE = [
    distribution.PersonPlace(running_number=1, place_kind=ORDINARY),
    distribution.PersonPlace(running_number=2, place_kind=ORDINARY),
    distribution.PersonPlace(running_number=3, place_kind=MINOR),
]


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> str:
    return databases.migrated("services.municipality.migrations")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(kafka: str, database_url: str) -> AsyncIterator[MunicipalityDesk]:
    """Open the desk, with one replica of the service behind it."""
    async with open_desk(kafka, database_url) as desk, desk.service():
        yield desk


@pytest_asyncio.fixture(loop_scope="module")
async def database(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


def about(heard: list[Heard], key: str) -> list[Heard]:
    return [record for record in heard if record.key == key]


def actor(role: codes.Role = codes.Role.SETTLEMENT_WRITER) -> Actor:
    return Actor(user_id="user-1", display_name="Kari Nordmann", role=role)


def place_of(number: int) -> dict[str, Any]:
    return {"list_id": f"FL-2026-{number:06}", "municipality_id": f"k-{number}", "year": 2026}


async def tell(desk: MunicipalityDesk, event: distribution.ListEvent, version: int) -> None:
    await desk.send(topics.DISTRIBUTION_EVENTS, event.municipality_id, event, subject=event.list_id, sequence=version)


async def reply_to(desk: MunicipalityDesk, command_id: str, count: int = 1) -> Any:
    """Wait for so many replies to a command; gives the last one's body."""

    def found(heard: list[Heard]) -> list[Heard]:
        replies = about(heard, command_id)
        return replies if len(replies) >= count else []

    return (await desk.hear(found))[-1].body


async def ask(
    desk: MunicipalityDesk, body: v1.RegisterResolution | v1.RegisterContacts, command_id: str | None = None
) -> Any:
    identity = command_id or str(uuid4())
    subject = f"{body.municipality_id}/{body.year}" if isinstance(body, v1.RegisterResolution) else body.municipality_id
    await desk.send(topics.MUNICIPALITY_COMMANDS, body.municipality_id, body, subject=subject, message_id=identity)
    return await reply_to(desk, identity)


def resolution(number: int, **changes: Any) -> v1.RegisterResolution:
    fields: dict[str, Any] = {
        "municipality_id": f"k-{number}", "year": 2027, "ordinary_places": 20, "unaccompanied_minor_places": 2,
        "resolved_on": NOW.date(), "case_number": "2026/1234", "expected_version": 0, "actor": actor(),
    }  # fmt: skip
    return v1.RegisterResolution(**(fields | changes))


def request(number: str, **changes: Any) -> RequestPlaces:
    fields: dict[str, Any] = {
        "municipality_number": number, "year": 2027, "ordinary_places": 20, "unaccompanied_minor_places": 2,
        "answer_by": date(2026, 12, 15),
    }  # fmt: skip
    return RequestPlaces(**(fields | changes))


async def test_the_first_start_tells_of_all_and_the_next_of_nothing(desk: MunicipalityDesk) -> None:
    """357 municipalities as events and states, then the register's size; a second replica's start adds nothing."""
    await desk.hear(lambda heard: about(heard, "register"))
    heard = list(await desk.hear_all())
    registered = [record for record in heard if isinstance(record.body, v1.MunicipalityRegistered)]
    states = [record for record in heard if isinstance(record.body, v1.MunicipalityState)]
    assert len({record.key for record in registered}) == len(registered) == 357
    assert {record.key: record.envelope.sequence for record in states} == {record.key: 1 for record in registered}
    [size] = about(heard, "register")
    assert size.body == v1.RegisterState(municipalities=357)
    [oslo] = [record.body for record in states if record.key == "k-0301"]
    assert (oslo.number, oslo.name, oslo.county_name, oslo.organisation_number, oslo.language_form, oslo.contacts) == (
        "0301", "Oslo", "Oslo", "958935420", codes.LanguageForm.NEUTRAL, [],
    )  # fmt: skip
    async with desk.service():
        pass
    assert len(await desk.hear_all()) == len(heard)


async def test_a_lists_life_moves_the_ledger(desk: MunicipalityDesk, database: Any) -> None:
    """Received, answered, placed in the next year, settled there: the states tell each step, years before lists."""
    place = place_of(4601)
    answered = {"accepted": PEOPLE[:2], "answered_on": date(2026, 12, 28), "late": False}
    declined = distribution.DeclinedPerson(
        running_number=3, place_kind=MINOR, reason=codes.DeclineReason.NO_HEALTH_SERVICES
    )
    await tell(desk, distribution.ListReceived(**place, deadline=date(2026, 12, 31), persons=PEOPLE), 1)
    await tell(desk, distribution.TreatmentStarted(**place), 2)
    await tell(desk, distribution.ListAnswered(**place, declined=[declined], **answered), 3)
    placed_on = date(2027, 1, 4)
    await tell(desk, distribution.PersonsPlaced(**place, persons=PEOPLE[:2], placed_on=placed_on), 4)
    settled = distribution.PersonSettled(
        **place, person=PEOPLE[0], placed_on=placed_on, settlement_date=date(2027, 2, 1)
    )
    await tell(desk, settled, 5)

    def followed(heard: list[Heard]) -> list[Heard]:
        return [record for record in about(heard, "k-4601/2026/FL-2026-004601") if record.body.list_version == 5]

    [own] = await desk.hear(followed)
    assert (own.body.requested, own.body.placed, own.body.settled) == (0, 0, 0)
    first, second = about(desk.heard, "k-4601/2026")[-1], about(desk.heard, "k-4601/2027")[-1]
    assert first.body.ordinary == v1.Places(agreed=None, requested=0, placed=0, settled=0, left=0)
    assert second.body.ordinary == v1.Places(agreed=None, requested=0, placed=1, settled=1, left=-2)
    assert second.body.unaccompanied_minor == v1.Places(agreed=None, requested=0, placed=0, settled=0, left=0)
    assert first.partition == second.partition == own.partition
    assert max(first.offset, second.offset) < own.offset
    moved = [record for record in desk.heard if isinstance(record.body, v1.PlacesMoved) and record.key == "k-4601"]
    assert [(record.envelope.subject, record.envelope.sequence, record.body.list_version) for record in moved] == [
        ("k-4601/2026", 1, 1), ("k-4601/2026", 2, 3), ("k-4601/2026", 3, 4), ("k-4601/2027", 1, 4),
        ("k-4601/2026", 4, 5), ("k-4601/2027", 2, 5),
    ]  # fmt: skip
    assert moved[-1].envelope.causation_id == "distribution.person-settled.v1:FL-2026-004601:5"
    assert await database.fetch("SELECT * FROM ledger_drift") == []


async def test_an_event_delivered_again_moves_nothing(desk: MunicipalityDesk) -> None:
    """Kafka may deliver twice: the ledger and its version stay."""
    place = place_of(1103)
    received = distribution.ListReceived(**place, deadline=date(2026, 12, 1), persons=PEOPLE)
    for _ in range(2):
        await tell(desk, received, 1)
    other = place | {"list_id": "FL-2026-999999"}
    await tell(desk, distribution.ListReceived(**other, deadline=date(2026, 12, 1), persons=PEOPLE), 1)
    await desk.hear(lambda heard: about(heard, "k-1103/2026/FL-2026-999999"))
    latest = about(await desk.hear_all(), "k-1103/2026")[-1]
    assert latest.envelope.sequence == 2
    assert latest.body.ordinary.requested == 4


async def test_a_request_is_taken(desk: MunicipalityDesk) -> None:
    """It shows in the ledger year, and promises nothing yet."""
    await desk.send(topics.IMDI_REQUESTS, "5001", request("5001"), subject="5001/2027", message_id="request-5001")
    await desk.send(topics.IMDI_REQUESTS, "5001", request("5001"), subject="5001/2027", message_id="request-5001-again")
    await desk.send(topics.IMDI_REQUESTS, "5006", request("5006"), subject="5006/2027", message_id="request-5006")
    [state] = await desk.hear(lambda heard: about(heard, "k-5001/2027"))
    assert state.body.request == v1.Request(
        ordinary_places=20, unaccompanied_minor_places=2, answer_by=date(2026, 12, 15), received_at=NOW
    )
    assert state.body.ordinary == v1.Places(agreed=None, requested=0, placed=0, settled=0, left=0)
    await desk.hear(lambda heard: about(heard, "k-5006/2027"))
    assert len(about(await desk.hear_all(), "k-5001/2027")) == 1


async def test_a_request_under_an_id_that_was_used_is_not_lost(desk: MunicipalityDesk) -> None:
    """A sender that uses one id for everything is heard all the same: content decides, not the id."""
    for number in ("5007", "5014"):
        subject = f"{number}/2027"
        await desk.send(topics.IMDI_REQUESTS, number, request(number), subject=subject, message_id="always-the-same")
    await desk.hear(lambda heard: about(heard, "k-5007/2027") and about(heard, "k-5014/2027"))


async def test_wrong_requests_go_back_with_every_error(desk: MunicipalityDesk, database: Any) -> None:
    """All that is wrong is told by field and without values; the original is kept; what is sound still goes through."""
    body = {
        "municipality_number": "9999", "year": 2031, "ordinary_places": -1, "unaccompanied_minor_places": 0,
        "answer_by": "2026-11-23", "note": "Marker Navnesen",
    }  # fmt: skip
    envelope = Envelope("wrong-1", "/imdi", RequestPlaces.message_type, "9999/2031", NOW)
    await desk.send_raw(topics.IMDI_REQUESTS, "0301", json.dumps(body).encode(), encode_headers(envelope))
    await desk.send_raw(topics.IMDI_REQUESTS, "0301", b"\xff not json", encode_headers(envelope)[:2])
    rejected = await desk.hear(
        lambda heard: len(found := [record for record in heard if record.topic == topics.MUNICIPALITY_REJECTIONS.name])
        >= 2 and found
    )  # fmt: skip
    [whole] = [record for record in rejected if record.key == "9999"]
    assert whole.body.message_id == "wrong-1"
    assert {(error.path, error.code) for error in whole.body.errors} == {
        ("ordinary_places", "greater-than-equal"),
        ("municipality_number", "unknown-municipality"),
        ("municipality_number", "key-contradicts"),
        ("year", "year-out-of-range"),
        ("answer_by", "date-past"),
    }
    assert "Navnesen" not in whole.body.model_dump_json()
    kept = await database.fetchval("SELECT value FROM rejected_request WHERE record_offset = $1", whole.body.offset)
    assert json.loads(kept) == body
    [unreadable] = [record for record in rejected if record is not whole]
    assert [error.path for error in unreadable.body.errors] == ["headers.ce_source"]


async def test_a_resolution_is_accepted_and_its_repeat_gets_the_same_answer(desk: MunicipalityDesk) -> None:
    """The reply names the ledger year's version; the same command again changes nothing and is answered again."""
    command_id = str(uuid4())
    accepted = outcomes.CommandAccepted(command_id=command_id, subject="k-1506/2027", version=1)
    assert await ask(desk, resolution(1506), command_id) == accepted
    await desk.send(
        topics.MUNICIPALITY_COMMANDS, "k-1506", resolution(1506), subject="k-1506/2027", message_id=command_id
    )
    assert await reply_to(desk, command_id, count=2) == accepted
    [state] = await desk.hear(lambda heard: about(heard, "k-1506/2027"))
    assert state.body.ordinary == v1.Places(agreed=20, requested=0, placed=0, settled=0, left=20)
    assert state.body.unaccompanied_minor.agreed == 2
    assert state.body.resolution.case_number == "2026/1234"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"expected_version": 7}, "changed-meanwhile"),
        ({"actor": actor(codes.Role.SETTLEMENT_READER)}, "role-may-not-write"),
        ({"resolved_on": date(2026, 11, 25)}, "resolved-in-the-future"),
        ({"year": 2029}, "year-too-far-ahead"),
        ({"municipality_id": "k-9999"}, "unknown-municipality"),
    ],
)
async def test_a_resolution_is_refused_with_its_problem(
    desk: MunicipalityDesk, changes: dict[str, Any], problem: str
) -> None:
    """Nothing changes; the reply names the present version, or none where there is no such municipality."""
    refused = await ask(desk, resolution(1811, **changes))
    assert isinstance(refused, outcomes.CommandRefused)
    assert (refused.problem, refused.version) == (problem, None if problem == "unknown-municipality" else 0)
    assert not about(await desk.hear_all(), "k-1811/2027")


async def test_contacts_are_in_the_state_and_not_in_the_events(desk: MunicipalityDesk) -> None:
    """A caseworker's name is for colleagues; events carry numbers only."""
    contact = v1.Contact(name="Kari Nordmann", email="kari@example.no", roles=[codes.ContactRole.ESCALATION])
    command = v1.RegisterContacts(municipality_id="k-1505", contacts=[contact], expected_version=1, actor=actor())
    accepted = await ask(desk, command)
    assert (accepted.subject, accepted.version) == ("k-1505", 2)
    state = (await desk.hear(lambda heard: [r for r in about(heard, "k-1505") if r.envelope.sequence == 2 and
                                            isinstance(r.body, v1.MunicipalityState)]))[0]  # fmt: skip
    assert state.body.contacts == [v1.ContactState(**contact.model_dump())]
    events = [record for record in await desk.hear_all() if record.topic == topics.MUNICIPALITY_EVENTS.name]
    assert v1.ContactsChanged(municipality_id="k-1505", contacts=1) in [record.body for record in events]
    assert not any("Nordmann" in record.body.model_dump_json() for record in events)


async def test_a_contact_whom_mails_do_not_reach_is_marked(desk: MunicipalityDesk, database: Any) -> None:
    """Since when and why, in the state and as reconcile expects it; not where nobody knows; until one arrives."""
    written = [
        ("kari@example.no", codes.ContactRole.SETTLEMENT_WRITER),
        ("Ola@example.no", codes.ContactRole.ESCALATION),
    ]
    contacts = [v1.Contact(name="Kari Nordmann", email=email, roles=[role]) for email, role in written]
    command = v1.RegisterContacts(municipality_id="k-1506", contacts=contacts, expected_version=1, actor=actor())
    await ask(desk, command)
    about_it: dict[str, Any] = {
        "notice_id": "n-1506", "municipality_id": "k-1506", "kind": codes.NoticeKind.LIST_RECEIVED,
        "list_id": "FL-2026-001506",
    }  # fmt: skip
    ola, kari = contact_reference("ola@example.no"), contact_reference("kari@example.no")
    told = [
        notification.MailFailed(**about_it, failure=codes.MailFailure.UNSURE, contact=kari),
        notification.MailFailed(**about_it, failure=codes.MailFailure.BOUNCED, contact=ola),
        notification.MailFailed(**about_it, failure=codes.MailFailure.REFUSED, contact=kari),
        notification.MailFailed(**about_it, failure=codes.MailFailure.REFUSED),
        notification.MailSent(**about_it, contact=kari),
        notification.MailSent(**about_it, contact=ola),
        notification.MailDecided(**about_it, decision=codes.MailDecision.ARRIVED, contact=ola),
        notification.MailFailed(**about_it, failure=codes.MailFailure.GAVE_UP, contact=ola),
    ]
    for version, body in enumerate(told, 2):
        await desk.send(topics.NOTIFICATION_EVENTS, "k-1506", body, subject="n-1506", sequence=version)
    wanted: list[tuple[str | None, str | None]] = [
        (None, "bounced"), ("refused", "bounced"), (None, "bounced"), (None, None), (None, "gave_up"),
    ]  # fmt: skip

    def marks(heard: list[Heard]) -> list[v1.MunicipalityState]:
        states = [r.body for r in about(heard, "k-1506") if isinstance(r.body, v1.MunicipalityState)]
        return states[2:] if len(states) >= 2 + len(wanted) else []

    states = await desk.hear(marks)
    assert [tuple(one.mail_failure for one in state.contacts) for state in states] == wanted
    assert states[1].contacts[0].mail_failed_at == NOW
    expected = await database.fetchrow(MUNICIPALITIES.replace("%(keys)s", "$1"), ["k-1506"])
    assert v1.MunicipalityState.model_validate_json(expected["body"]) == states[-1]
    # Its one writer is reached: not counted until mails are refused there, whatever the escalation contact's mark is.
    [figure] = [one for one in FIGURES if one.name == "municipalities_not_mailed"]
    before = {row["why"]: row["value"] for row in await database.fetch(figure.statement)}
    for failure, counted in (("gave_up", 0), ("refused", 1)):
        mark = (
            "UPDATE municipality_contact SET mail_failure = $1, mail_failed_at = now() WHERE municipality_id = 'k-1506'"
        )
        await database.execute(mark, failure)
        after = {row["why"]: row["value"] for row in await database.fetch(figure.statement)}
        assert after == before | ({"unreached": before.get("unreached", 0) + counted} if counted else {})


async def test_the_lines_of_a_lists_life_are_told(desk: MunicipalityDesk, database: Any) -> None:
    """Each fact's line names what it is, whose it is and the message it came of; the list's record comes after it."""
    place = place_of(1515)
    await tell(desk, distribution.ListReceived(**place, deadline=date(2026, 12, 31), persons=PEOPLE), 1)
    placed = distribution.PersonsPlaced(**place, persons=PEOPLE[:2], placed_on=date(2026, 12, 28))
    await tell(desk, placed, 2)
    # Facts that are read together make one record of the list: what it says is waited for, not how many there are.
    [own] = await desk.hear(
        lambda heard: [one for one in about(heard, "k-1515/2026/FL-2026-001515") if one.body.placed == 2]
    )
    [line] = about(desk.heard, "k-1515/2026/entries/3")
    assert (line.body.movement, line.body.place_kind, line.body.requested, line.body.placed) == (
        codes.Movement.PLACED, ORDINARY, -2, 2,
    )  # fmt: skip
    assert (line.body.list_id, line.body.list_version, line.body.running_numbers) == ("FL-2026-001515", 2, [1, 2])
    assert line.body.caused_by == line.envelope.causation_id == "distribution.persons-placed.v1:FL-2026-001515:2"
    assert (line.partition, line.offset < own.offset) == (own.partition, True)
    assert await database.fetch("SELECT * FROM ledger_line_drift") == []


async def test_a_years_history_is_told_with_who_and_when(desk: MunicipalityDesk) -> None:
    """A request and the resolution upon it are records of their own that nothing replaces."""
    await desk.send(topics.IMDI_REQUESTS, "1511", request("1511"), subject="1511/2027", message_id="request-1511")
    await desk.hear(lambda heard: about(heard, "k-1511/2027"))
    await ask(desk, resolution(1511, expected_version=1))
    [asked] = await desk.hear(lambda heard: about(heard, "k-1511/2027/changes/1"))
    [resolved] = await desk.hear(lambda heard: about(heard, "k-1511/2027/changes/2"))
    assert asked.body.request.ordinary_places == 20
    assert (resolved.body.resolution.registered_by, resolved.body.at) == ("Kari Nordmann", NOW)
    events = [record for record in await desk.hear_all() if record.topic == topics.MUNICIPALITY_EVENTS.name]
    assert not any("Nordmann" in record.body.model_dump_json() for record in events)


async def test_more_than_requested_is_asked_about(desk: MunicipalityDesk) -> None:
    """More EM places than IMDi asks for are refused until the command says that they are meant."""
    await desk.send(topics.IMDI_REQUESTS, "1514", request("1514"), subject="1514/2027", message_id="request-1514")
    await desk.hear(lambda heard: about(heard, "k-1514/2027"))
    refused = await ask(desk, resolution(1514, expected_version=1, unaccompanied_minor_places=3))
    assert (refused.problem, refused.params) == (
        "more-than-requested", {"place_kind": "unaccompanied_minor", "requested": "2"},
    )  # fmt: skip
    meant = resolution(1514, expected_version=1, unaccompanied_minor_places=3, more_than_requested=True)
    assert (await ask(desk, meant)).version == 2


async def test_a_request_left_unanswered_is_told_once_by_time(desk: MunicipalityDesk) -> None:
    """When its day is over, by the timer of whichever replica leads, under an id made of the due date."""
    await desk.send(topics.IMDI_REQUESTS, "1516", request("1516"), subject="1516/2027", message_id="request-1516")
    await desk.hear(lambda heard: about(heard, "k-1516/2027"))
    later = FixedClock(datetime(2026, 12, 16, 9, 30, tzinfo=UTC))
    [timer] = [one for one in bootstrap(desk.settings).timers if one.name == "pass deadlines"]
    pool = await create_pool(desk.database_url, name="test")
    for minutes in range(3):
        later.advance(timedelta(minutes=minutes))
        assert await fire(timer, Transactions(pool, "/fordeling/municipality", later))
    await pool.close()
    await desk.hear(lambda heard: about(heard, "k-1516/2027/changes/2"))
    told = [record for record in await desk.hear_all() if isinstance(record.body, v1.RequestUnanswered)]
    mine = [record for record in told if record.key == "k-1516"]
    assert [record.envelope.id for record in mine] == ["municipality.request-unanswered.v1:k-1516/2027:2026-12-15"]
    assert mine[0].body.answer_by == date(2026, 12, 15)
