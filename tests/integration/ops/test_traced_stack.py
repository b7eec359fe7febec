"""One trace over a whole stack: from what IMDi publishes, with its own traceparent, to the mails and the letters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from contracts.codes import ContactRole, Role
from contracts.fields import Actor
from contracts.imdi.v1 import PublishDistributionList
from contracts.municipality.v1 import Contact, RegisterContacts
from contracts.topics import IMDI_LISTS, MUNICIPALITY_COMMANDS
from ops.demo.conversation import Command, Conversation
from ops.embedded.waiting import wait_until
from ops.inbound import Inbound
from ops.testing.spans import Receiver, Span, receiver
from ops.testing.stacks import RunningStack, running_stack
from tests.integration.ops.systems import System, a_list, now
from tests.integration.ops.test_a_year import NUMBER, ORGANISATION

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(420)]

TRACE, IMDIS = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
LIST, PERSONS = "FL-2026-730001", 3
MUNICIPALITY = f"k-{NUMBER}"
CONTACT = Contact(name="Solveig Merkenavn", email="solveig@merke.example", roles=[ContactRole.SETTLEMENT_WRITER])
MESSAGE = "Vi har tre hybler ved Storelva."
SECONDS = 120.0
POSTAL_CODE = 4
"""So few digits stand in an offset too."""

STEPS = (
    ("distribution", "handle imdi.publish-distribution-list.v1"),
    ("distribution", "send distribution.list-received.v1"),
    ("notification", "handle distribution.list-received.v1"),
    ("notification", "send notification.notice-posted.v1"),
    ("notification", "send mail"),
    ("notification", "smtp data"),
    ("notification", "send notification.mail-sent.v1"),
    ("municipality", "handle notification.mail-sent.v1"),
    ("municipality", "handle distribution.list-received.v1"),
    ("gateway", "handle distribution.list-state.v1"),
    ("gateway", "send distribution.approve-list.v1"),
    ("gateway", "send distribution.send-answer.v1"),
    ("distribution", "handle distribution.send-answer.v1"),
    ("distribution", "send distribution.answer.v1"),
    ("distribution", "send distribution.persons-placed.v1"),
    ("letters", "handle distribution.persons-placed.v1"),
    ("letters", "make letter"),
    ("letters", "send letter"),
    ("letters", "svarut send"),
    ("letters", "send letters.letter-dispatched.v1"),
)
"""Each is in the trace, by service and span: the way of a list from IMDi to its letters."""


@pytest.fixture(scope="module")
def told() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture(scope="module")
def traced(scratch: Path, told: Receiver) -> Iterator[RunningStack]:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": told.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "500"}
    with running_stack(scratch / "traced", "--no-demo", environment=environment) as started:
        yield started


def publish(stack: RunningStack, body: PublishDistributionList) -> None:
    """Publish as IMDi's systems do that trace: with a traceparent."""
    inbound = Inbound(0, IMDI_LISTS, body)
    headers = dict(inbound.headers(now())) | {"ce_traceparent": f"00-{TRACE}-{IMDIS}-01".encode()}
    producer = Producer({"bootstrap.servers": stack.environment["KAFKA_BOOTSTRAP_SERVERS"], "partitioner": "murmur2"})
    producer.produce(IMDI_LISTS.name, inbound.value(), inbound.key, headers=headers)  # type: ignore[arg-type]
    assert producer.flush(SECONDS) == 0


def with_a_contact(stack: RunningStack) -> None:
    """Have somebody in the municipality who is written to."""
    talk = Conversation(stack.environment["KAFKA_BOOTSTRAP_SERVERS"], now())
    talk.hear(lambda: MUNICIPALITY in talk.states, "the register")
    said = RegisterContacts(
        municipality_id=MUNICIPALITY, contacts=[CONTACT], expected_version=talk.versions[MUNICIPALITY],
        actor=Actor(user_id="test", display_name="Test", role=Role.SYSTEM),
    )  # fmt: skip
    name = "00000000-0000-4000-8000-000000730001"
    talk.ask([Command(name, MUNICIPALITY_COMMANDS, MUNICIPALITY, MUNICIPALITY, said)])


def answer(stack: RunningStack) -> None:
    """Accept everybody, as a municipality's system does."""
    system = System(stack.url, stack.environment["MASKINPORTEN_ISSUER"], ORGANISATION)
    path = f"/distribution-lists/{LIST}"
    found = system.until(path, lambda body: body["counts"]["persons"] == PERSONS)
    decisions = [{"running_number": number} for number in range(1, PERSONS + 1)]
    body = {"decisions": decisions, "message": MESSAGE, "splits": []}
    approved = system.write("PUT", f"{path}/approval", body, etag=found.etag)
    assert approved.status == 200, approved.body
    sent = system.write("PUT", f"{path}/answer", etag=approved.etag)
    assert sent.status == 200, sent.body


@pytest.fixture(scope="module")
def story(traced: RunningStack, told: Receiver) -> list[Span]:
    """Give the spans of the list's trace, once its letters are with SvarUt and each span's parent has been told.

    Each process tells of its spans twice a second, whoever's turn it is first.
    """
    with_a_contact(traced)
    publish(traced, a_list(LIST, NUMBER, PERSONS))
    answer(traced)

    spans = list[Span]()

    def whole() -> bool:
        spans[:] = told.of_trace(TRACE)
        sent = sum(one.name == "send letters.letter-dispatched.v1" for one in spans)
        return sent > PERSONS and set(STEPS) <= steps(spans) and not orphans(spans)

    wait_until(whole, SECONDS)
    return spans


def orphans(spans: list[Span]) -> set[tuple[str, str]]:
    known = {one.id for one in spans} | {IMDIS}
    return {(one.service, one.name) for one in spans if one.parent not in known}


def steps(spans: list[Span]) -> set[tuple[str, str]]:
    return {(one.service.removeprefix("fordeling-"), one.name) for one in spans}


def test_one_trace_goes_from_imdi_to_the_notice_and_the_letters(story: list[Span]) -> None:
    """Through outboxes, four services, the gateway, the press and SvarUt; each span is under another of the trace."""
    assert set(STEPS) - steps(story) == set()
    assert orphans(story) == set()
    [first] = [one for one in story if one.parent == IMDIS]
    assert first.name == "handle imdi.publish-distribution-list.v1"
    assert sum(one.name == "make letter" for one in story) >= PERSONS + 1


def test_the_mail_about_a_list_hangs_under_its_notice(story: list[Span]) -> None:
    """Published by IMDi, received, noticed, mailed, sent: each step is caused by the one before."""
    by_id = {one.id: one for one in story}
    ways = []
    for one in story:
        if one.name == "send mail":
            way = [one]
            while way[-1].parent in by_id:
                way.append(by_id[way[-1].parent])
            ways.append([at.name for at in reversed(way)])
    assert [
        "handle imdi.publish-distribution-list.v1",
        "send distribution.list-received.v1",
        "handle distribution.list-received.v1",
        "send mail",
    ] in ways


def test_each_letter_hangs_under_the_answer_that_caused_it(story: list[Span]) -> None:
    """From the letter's sending up: made of the placing, placed by the answer, sent by the gateway, seen from IMDi."""
    by_id = {one.id: one for one in story}
    for one in story:
        if one.name == "send letters.letter-dispatched.v1":
            way, at = [], one
            while at.parent in by_id:
                at = by_id[at.parent]
                way.append(at.name)
            assert {"send letter", "handle distribution.send-answer.v1", "send distribution.send-answer.v1"} <= set(way)
            assert way[-1] == "handle imdi.publish-distribution-list.v1"


def words_of(value: Any) -> Iterator[str]:
    """Give every text of a body, and days as they may be written."""
    if isinstance(value, dict):
        for each in value.values():
            yield from words_of(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from words_of(each)
    elif isinstance(value, str):
        yield value


def test_no_span_tells_of_anybody(story: list[Span], told: Receiver) -> None:
    """No name, number, address or word of a person, a contact or a caseworker, nor the list's id, in any span."""
    persons = [one.identity.model_dump(mode="json") for one in a_list(LIST, NUMBER, PERSONS).persons]
    days = [date.fromisoformat(one["birth_date"]).strftime("%d.%m.%Y") for one in persons]
    said = {*words_of(persons), *days, LIST, MESSAGE, CONTACT.name, CONTACT.email}
    secret = {text for text in said if not (text.isdigit() and len(text) <= POSTAL_CODE)}
    assert len(secret) > 5 * PERSONS
    assert len(story) > len(STEPS)
    written = "\n".join(one.written for one in told.spans)
    assert "distribution.answers.v1" in written
    assert {text for text in secret if text in written} == set()
