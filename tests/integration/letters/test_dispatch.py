"""Letters over real Kafka, PostgreSQL, Maskinporten and SvarUt's API: sent once, and followed."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.seeing import tracing
from contracts import codes, topics
from contracts.distribution import v1 as distribution
from contracts.envelope import Envelope, encode_headers
from contracts.letters import v1
from ops.testing.databases import Databases
from services.letters.adapters.figures import FIGURES
from services.letters.bootstrap import LettersSettings
from tests.integration.commands import Told, fordeling
from tests.integration.desks import NOW
from tests.integration.letters.conftest import Simulator
from tests.integration.letters.desk import PLACED, LettersDesk, events, list_id, open_desk, place_of, states

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATUS = codes.DispatchStatus
DAY = 86400
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@dataclass
class SendingDesk(LettersDesk):
    """A desk whose letters are sent."""

    post: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> LettersSettings:
        return super().settings.model_copy(update=self.post)

    async def placed(self, number: int, *persons: int) -> list[v1.LetterState]:
        """Place persons, and wait until their letters are made."""
        await self.tell_municipality(number)
        for person in persons:
            await self.open_folder(number, person)
        await self.answer(number, *persons)
        await self.place(number, *persons)
        return await self.made(number, len(persons) + 1)

    async def told(self, number: int, letter_id: str, enough: Callable[[v1.Dispatch], bool]) -> v1.Dispatch:
        """Wait until the letter's state says enough of its dispatch."""

        def look(heard: Any) -> v1.Dispatch | None:
            state = states(heard, number).get(letter_id)
            return state.dispatch if state and state.dispatch and enough(state.dispatch) else None

        found: v1.Dispatch = await self.hear(look)  # type: ignore[arg-type]
        return found


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> str:
    return databases.migrated("services.letters.migrations")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quiet_desk(
    kafka: str, database_url: str, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SendingDesk]:
    """Open the desk, with no service behind it yet."""
    async with open_desk(kafka, database_url, tmp_path_factory.mktemp("objects")) as desk:
        yield SendingDesk(
            desk.bootstrap_servers, desk.database_url, desk.producer, desk.consumer, objects=desk.objects,
            post=simulator.settings,
        )  # fmt: skip


@pytest.mark.heavy
async def test_a_process_killed_between_handing_over_and_recording_sends_once(
    quiet_desk: SendingDesk, simulator: Simulator, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SvarUt has both letters, the record is not there; the next process looks them up, and each is there once."""
    desk = quiet_desk
    for name, value in simulator.settings.items():
        monkeypatch.setitem(os.environ, name.upper(), str(value))
    simulator.faults(accept_and_hang=2)
    async with desk.process() as process:
        letters = await desk.placed(1201, 1)
        await until(lambda: asyncio.to_thread(lambda: all(simulator.of(each.letter_id) for each in letters)))
        process.kill()
        await process.wait()
    assert await database.fetchval("SELECT count(*) FROM letter WHERE reference IS NOT NULL") == 0
    async with desk.service():
        for letter in letters:
            told = await desk.told(1201, letter.letter_id, lambda dispatch: dispatch.reference is not None)
            assert [each["id"] for each in simulator.of(letter.letter_id)] == [told.reference]


async def until(condition: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110  neither SvarUt nor a table sends word
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(quiet_desk: SendingDesk, simulator: Simulator) -> AsyncIterator[SendingDesk]:
    """Give the desk with one replica of the service behind it, and no fault left over."""
    simulator.faults(accept_and_hang=0)
    async with quiet_desk.service():
        yield quiet_desk


async def test_letters_are_sent_once_and_followed_to_read_and_to_paper(desk: SendingDesk, simulator: Simulator) -> None:
    """The municipality and person 2 read theirs; person 1 does not, and gets paper; each step is told with its time."""
    letters = await desk.placed(1202, 1, 2)
    decision, unread, read = letters
    fetched = await desk.told(1202, decision.letter_id, lambda told: told.status is STATUS.READ)
    assert fetched.history[-1].at.tzinfo is not None
    simulator.skip(DAY)
    await desk.told(1202, read.letter_id, lambda told: told.status is STATUS.READ)
    await desk.told(1202, unread.letter_id, lambda told: told.status is STATUS.NOTIFIED)
    simulator.skip(DAY)
    await desk.told(1202, unread.letter_id, lambda told: told.status is STATUS.SENT_TO_PRINT)
    simulator.skip(DAY)
    printed = await desk.told(1202, unread.letter_id, lambda told: told.status is STATUS.PRINTED)
    assert [step.at for step in printed.history] == sorted(step.at for step in printed.history)
    heard = await desk.hear_all()
    assert len(events(heard, v1.LetterDispatched, 1202)) == 3
    changes = [each for each in events(heard, v1.LetterStatusChanged, 1202) if each.letter_id == unread.letter_id]
    assert [each.status for each in changes] == [step.status for step in printed.history]
    assert [len(simulator.of(letter.letter_id)) for letter in letters] == [1, 1, 1]


async def test_a_letter_accepted_without_an_answer_is_there_once(desk: SendingDesk, simulator: Simulator) -> None:
    """Whether the answer never comes, or is a fault: a look tells that it was taken."""
    simulator.faults(accept_and_hang=1, unavailable_after=1)
    letters = await desk.placed(1203, 1)
    for letter in letters:
        await desk.told(1203, letter.letter_id, lambda told: told.reference is not None)
    assert [len(simulator.of(letter.letter_id)) for letter in letters] == [1, 1]
    assert not any(simulator.faults().values())


async def test_an_outage_delays_and_loses_nothing(desk: SendingDesk, simulator: Simulator, database: Any) -> None:
    """While SvarUt answers with faults the letter waits, and Prometheus is told for how long; then it is sent."""
    simulator.faults(unavailable=1000)
    letters = await desk.placed(1204, 1)
    waiting = "FROM letter_dispatch WHERE letter_id = ANY($1) AND stage = 'to_send' AND tries > 0"
    ids = [letter.letter_id for letter in letters]
    await until(lambda: database.fetchval(f"SELECT count(*) = {len(ids)} {waiting}", ids))
    await database.execute(
        "UPDATE letter SET created_at = created_at - interval '1 hour' WHERE letter_id = ANY($1)", ids
    )
    [figure] = [one for one in FIGURES if one.name == "letters_overdue_seconds"]
    assert await database.fetchval(figure.statement) > 3600
    simulator.faults(unavailable=5)
    for letter in letters:
        await desk.told(1204, letter.letter_id, lambda told: told.reference is not None)
        assert len(simulator.of(letter.letter_id)) == 1


async def test_a_refused_letter_is_visible(desk: SendingDesk, simulator: Simulator) -> None:
    """Its state says so; so does that of one that SvarUt rejects later."""
    simulator.faults(refuse=2)
    for letter in await desk.placed(1205, 1):
        told = await desk.told(1205, letter.letter_id, lambda told: told.failure is not None)
        assert (told.failure, told.reference, told.history) == (codes.DispatchFailure.REFUSED, None, [])
    assert len(events(await desk.hear_all(), v1.LetterNotDispatched, 1205)) == 2
    _, letter = await desk.placed(1206, 3)
    told = await desk.told(1206, letter.letter_id, lambda told: told.reference is not None)
    simulator.set_status(str(told.reference), "AVVIST")
    await desk.told(1206, letter.letter_id, lambda told: told.status is STATUS.REJECTED)


@pytest.mark.heavy
async def test_a_refused_letter_is_sent_again_once_somebody_decides(
    desk: SendingDesk, simulator: Simulator, acts_database: str
) -> None:
    """From the command line; SvarUt has it under a name of its own, and what was before stays in its state."""

    async def letters(*arguments: str) -> Told:
        where = {"LETTERS_DATABASE_URL": desk.database_url, "GATEWAY_DATABASE_URL": acts_database}
        return await fordeling("letters", *arguments, **where)

    simulator.faults(refuse=2)
    made = await desk.placed(1207, 1)
    for letter in made:
        await desk.told(1207, letter.letter_id, lambda told: told.failure is not None)
    simulator.faults(refuse=0)
    wanted = made[1].letter_id
    listed = json.loads((await letters("failed", "--json")).out)
    assert [row["what"] for row in listed if row["id"] == wanted] == ["refused"]
    why = ("--why", "the address is corrected, case 1234")
    done = await letters("resend", wanted, *why)
    assert (done.status, done.out) == (0, f"{wanted}: is sent again\n")
    told = await desk.told(1207, wanted, lambda dispatch: dispatch.reference is not None)
    state = states(await desk.hear_all(), 1207)[wanted]
    assert (state.attempt, [each.failure for each in state.earlier]) == (2, [codes.DispatchFailure.REFUSED])
    assert simulator.of(wanted) == []
    assert [each["id"] for each in simulator.of(f"{wanted}.2")] == [told.reference]
    assert (await letters("resend", wanted, *why)).status == 1
    assert [event.attempt for event in events(desk.heard, v1.LetterSentAgain, 1207)] == [2]


async def test_nothing_that_is_told_names_a_person(desk: SendingDesk) -> None:
    """Neither a name nor an identity number nor an address is in an event or a state."""
    told = "".join(record.body.model_dump_json() for record in await desk.hear_all())
    assert not [part for part in ("Haddad", "Nour", "Tesfay", "1785901022", "Nordlys") if part in told]


async def test_making_and_sending_a_letter_are_in_the_trace_of_what_it_followed_from(
    desk: SendingDesk, simulator: Simulator
) -> None:
    """Placed → make letter → its event; → send letter → the call to SvarUt, and its event: one trace, naming nobody."""
    provider, told = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(told))
    body = distribution.PersonsPlaced(
        **place_of(1260),
        persons=[distribution.PersonPlace(running_number=1, place_kind=codes.PlaceKind.ORDINARY)],
        placed_on=date(2026, 11, 24),
    )
    envelope = Envelope("traced", "/test", body.message_type, body.list_id, NOW, PLACED, traceparent=TRACEPARENT)
    with tracing.using(provider):
        await desk.tell_municipality(1260)
        await desk.open_folder(1260, 1)
        await desk.answer(1260, 1)
        headers = encode_headers(envelope)
        await desk.send_raw(topics.DISTRIBUTION_EVENTS, "k-1260", body.model_dump_json().encode(), headers)
        letters = await desk.made(1260, 2)
        for letter in letters:
            reference = (await desk.told(1260, letter.letter_id, lambda way: way.reference is not None)).reference
            simulator.set_status(str(reference), "LEST")
            await desk.told(1260, letter.letter_id, lambda way: way.status is STATUS.READ)
    spans = [one for one in told.get_finished_spans() if f"{one.context.trace_id:032x}" == TRACEPARENT[3:35]]
    by_id = {one.context.span_id: one for one in spans}
    ways = Counter((by_id[one.parent.span_id].name if one.parent.span_id in by_id else None, one.name) for one in spans)
    placed = f"handle {body.message_type}"
    once_a_letter = [
        (placed, "make letter"),
        ("make letter", f"send {v1.LetterCreated.message_type}"),
        (placed, "send letter"),
        ("send letter", "svarut send"),
        ("send letter", f"send {v1.LetterDispatched.message_type}"),
    ]
    assert {way: ways[way] for way in once_a_letter} == dict.fromkeys(once_a_letter, 2)
    assert ways[placed, f"send {v1.LetterStatusChanged.message_type}"] >= 2
    asked = [one for one in told.get_finished_spans() if one.name == "follow letters" and one.attributes]
    assert any(link.context.trace_id == spans[0].context.trace_id for one in asked for link in one.links)
    everything = "".join(one.to_json() for one in told.get_finished_spans())
    assert not [word for word in ("Haddad", "1785901022", list_id(1260), "k-1260") if word in everything]
