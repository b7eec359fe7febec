"""The service over real Kafka, PostgreSQL, Typst and object store: what goes in, and the letters that come out."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from contracts import codes, topics
from contracts.distribution import v1 as distribution
from contracts.envelope import Envelope, encode_headers
from contracts.letters import v1
from ops.testing.databases import Databases
from tests.integration.desks import NOW
from tests.integration.letters.desk import FAILURES, PLACED, LettersDesk, events, list_id, open_desk, states

pytestmark = pytest.mark.asyncio(loop_scope="module")

DECISION, PERSON = codes.LetterKind.PLACEMENT_DECISION, codes.LetterKind.LETTER_TO_PERSON


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
    kafka: str, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LettersDesk]:
    """Open the desk, with no service behind it yet."""
    async with open_desk(kafka, database_url, tmp_path_factory.mktemp("objects")) as desk:
        yield desk


@pytest.mark.heavy
async def test_a_process_killed_between_object_and_record_leaves_one_letter(
    quiet_desk: LettersDesk, database: Any
) -> None:
    """The object is there, the record is not; the next process makes the letter, and it is told once."""
    desk = quiet_desk
    await desk.tell_municipality(1101)
    await desk.answer(1101, 1)
    await desk.place(1101, 1)
    async with desk.process() as process:
        await until(lambda: database.fetchval("SELECT count(*) = 2 FROM letter"))
        async with database.transaction():
            # Nobody can record a letter now; the folder makes them ready to be made.
            await database.execute("SELECT 1 FROM letter FOR UPDATE")
            await desk.open_folder(1101, 1)
            await until(lambda: asyncio.to_thread(lambda: len(desk.stored(1101)) == 2))
            process.kill()
            await process.wait()
    before = desk.stored(1101)
    assert [letter.document for letter in states(await desk.hear_all(), 1101).values()] == [None, None]
    async with desk.service():
        letters = await desk.made(1101, 2)
    assert [letter.kind for letter in letters] == [DECISION, PERSON]
    assert "Nour Haddad" in desk.text_of(letters[0])
    assert desk.stored(1101) == before
    assert len(events(await desk.hear_all(), v1.LetterCreated, 1101)) == 2


async def until(condition: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110  neither a folder nor a table sends word
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(quiet_desk: LettersDesk) -> AsyncIterator[LettersDesk]:
    """Give the desk with one replica of the service behind it."""
    async with quiet_desk.service():
        yield quiet_desk


async def test_letters_follow_when_what_they_need_comes_late(desk: LettersDesk) -> None:
    """The placement comes first: the letters are planned, wait, and are made when folders and municipality are here."""
    await desk.answer(1102, 1, 2)
    await desk.place(1102, 1, 2)
    planned = await desk.hear(lambda heard: len(states(heard, 1102)) == 3 and list(states(heard, 1102).values()))
    assert all(letter.document is None and letter.language is None for letter in planned)
    await desk.open_folder(1102, 1)
    await desk.open_folder(1102, 2)
    await desk.tell_municipality(1102, codes.LanguageForm.NYNORSK)
    decision, first, second = await desk.made(1102, 3)
    assert {letter.language for letter in (decision, first, second)} == {codes.LetterLanguage.NYNORSK}
    text = desk.text_of(decision)
    assert "Vedtak om busetjing" in text
    assert "Nour Haddad" in text
    assert "Yonas Tesfay" in text
    assert "Nour Haddad" in desk.text_of(first)
    assert "Yonas" not in desk.text_of(first)
    assert "Nour" not in desk.text_of(second)


async def test_letters_follow_at_once_when_all_is_here(desk: LettersDesk) -> None:
    """Municipality and folders first, then the placement; its repeat and a further one double nothing."""
    await desk.tell_municipality(1103)
    for person in (1, 2):
        await desk.open_folder(1103, person)
    await desk.answer(1103, 1, 2)
    for _ in range(2):
        await desk.place(1103, 1, 2)
    letters = await desk.made(1103, 3)
    assert [(letter.kind, letter.running_number) for letter in letters] == [(DECISION, None), (PERSON, 1), (PERSON, 2)]
    await desk.open_folder(1103, 3, version=PLACED + 1)
    await desk.place(1103, 1, 2, 3, version=PLACED + 1)
    decisions = [letter for letter in await desk.made(1103, 5) if letter.kind is DECISION]
    further = next(letter for letter in decisions if letter.letter_id != letters[0].letter_id)
    assert "Zahra Rezai" in desk.text_of(further)
    assert "Nour" not in desk.text_of(further)
    heard = await desk.hear_all()
    assert len(events(heard, v1.LetterPlanned, 1103)) == len(events(heard, v1.LetterCreated, 1103)) == 5
    assert len(desk.stored(1103)) == 5


async def test_an_answer_that_places_nobody_gives_no_letter(desk: LettersDesk) -> None:
    """Nothing is planned for it, while a later list's letters are made; states lie in their list's partition."""
    await desk.answer(1104)
    await desk.tell_municipality(1105)
    await desk.open_folder(1105, 1)
    await desk.answer(1105, 1)
    await desk.place(1105, 1)
    await desk.made(1105, 2)
    assert states(desk.heard, 1104) == {}
    records = [record for record in desk.heard if isinstance(record.body, v1.LetterState)]
    assert all(record.key == record.body.letter_id for record in records)
    assert all(record.envelope.partition_key == record.body.list_id for record in records)


async def test_a_closed_folder_is_erased(desk: LettersDesk, database: Any) -> None:
    """Its letters are told as not made, and its content is nowhere in the database."""
    await desk.answer(1107, 2)
    await desk.place(1107, 2)
    await desk.open_folder(1107, 2)
    await until(lambda: database.fetchval("SELECT count(*) = 1 FROM folder_copy WHERE list_id = $1", list_id(1107)))
    await desk.close_folder(1107, 2)
    await until(lambda: database.fetchval("SELECT closed FROM folder_copy WHERE list_id = $1", list_id(1107)))
    await desk.tell_municipality(1107)
    letters = await desk.made(1107, 2)
    assert {letter.failure for letter in letters} == {codes.LetterFailure.FOLDER_CLOSED}
    assert desk.stored(1107) == []
    row = await database.fetchrow("SELECT * FROM folder_copy WHERE list_id = $1", list_id(1107))
    assert {name for name, value in row.items() if value is not None} == {
        "list_id",
        "running_number",
        "version",
        "closed",
    }


async def test_a_poison_message_and_a_letter_that_cannot_be_set_stop_nobody(desk: LettersDesk) -> None:
    """The message waits aside and is announced, the letter is told as failed; other letters are made."""
    headers = encode_headers(
        Envelope("poison", "/test", distribution.PersonsPlaced.message_type, list_id(1108), NOW, PLACED)
    )
    await desk.send_raw(topics.DISTRIBUTION_EVENTS, "k-1108", b'{"list_id": "Ola Nordmann"}', headers)
    await desk.tell_municipality(1109)
    await desk.open_folder(1109, 1, ("漢", "字"))
    await desk.open_folder(1109, 2)
    await desk.answer(1109, 1, 2)
    await desk.place(1109, 1, 2)
    decision, first, second = await desk.made(1109, 3)
    assert decision.failure is first.failure is codes.LetterFailure.CANNOT_BE_RENDERED
    assert "Yonas Tesfay" in desk.text_of(second)
    [failed] = await desk.hear(lambda heard: [record for record in heard if record.topic == FAILURES.name])
    assert (failed.body.subject, failed.body.message_id, failed.body.behind) == (list_id(1108), "poison", False)
    assert states(desk.heard, 1108) == {}


async def test_a_store_that_is_away_loses_no_letter(desk: LettersDesk, database: Any) -> None:
    """While nothing can be written the letters wait; then they are made."""
    away = desk.objects.with_name("away")
    desk.objects.rename(away)
    desk.objects.write_text("no folder")
    await desk.tell_municipality(1110)
    await desk.open_folder(1110, 1)
    await desk.answer(1110, 1)
    await desk.place(1110, 1)
    tried_again = (
        "SELECT count(*) = 2 FROM letter JOIN letter_queue USING (letter_id) WHERE list_id = $1 AND claims > 1"
    )
    await until(lambda: database.fetchval(tried_again, list_id(1110)))
    desk.objects.unlink()
    shutil.copytree(away, desk.objects, dirs_exist_ok=True)  # the service may have made the folder again already
    letters = await desk.made(1110, 2)
    assert all("Nour Haddad" in desk.text_of(letter) for letter in letters)


async def test_no_event_or_state_names_a_person(desk: LettersDesk) -> None:
    """Of all that was published here, nothing holds a name, a number of a person, or an address."""
    told = "".join(record.body.model_dump_json() for record in await desk.hear_all())
    assert not [part for part in ("Haddad", "Nour", "Rezai", "20254236", "17859010", "Nordlys") if part in told]
