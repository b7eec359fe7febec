"""What is kept of users: sessions, logins, typed words; and when it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chassis.clock import FixedClock
from chassis.reading import dead_letters
from chassis.reading.decoding import read
from chassis.reading.subscriptions import Reading
from chassis.storage.database import Pool
from chassis.storage.transaction import Transactions
from contracts import topics
from contracts.codes import Role
from contracts.envelope import encode_headers
from gateway.auth.oidc import Attempt
from gateway.auth.rights import Grant
from gateway.auth.sessions import Sessions
from gateway.consuming import forget
from gateway.readmodel.folders import find_erased, has_folder
from gateway.readmodel.placed import find_placed
from gateway.readmodel.reader import Reader
from tests.browser.stage import world
from tests.browser.stage.world import BERGEN, OSLO
from tests.integration.gateway.projecting import NOW, folder, received, records, write
from tests.unit.gateway import samples


async def test_a_session_lives_while_used_and_not_for_ever(database: Pool) -> None:
    """Rights follow organisation numbers through the read model; idle and absolute time end it, so does logging out."""
    await write(database, *(received(state.municipality_id, state, 1) for state in world.municipalities()))
    clock = FixedClock(NOW)
    sessions = Sessions(database, clock, timedelta(minutes=30), timedelta(hours=8))
    grants = [Grant("958935420", Role.SETTLEMENT_WRITER), Grant("000000000", Role.SETTLEMENT_WRITER)]
    token = await sessions.start("u-1", "Kari", grants)
    user = await sessions.find(token)
    assert user is not None
    assert [(one.municipality_id, one.role) for one in user.access] == [(OSLO, Role.SETTLEMENT_WRITER)]
    assert (
        await database.fetchval(
            "SELECT count(*) FROM gateway.session WHERE encode(token_hash, 'escape') LIKE $1", token
        )
        == 0
    )

    for _ in range(16):
        clock.advance(timedelta(minutes=29))
        assert await sessions.find(token) is not None
    clock.advance(timedelta(minutes=29))
    assert await sessions.find(token) is None

    idle = await sessions.start("u-1", "Kari", grants)
    clock.advance(timedelta(minutes=31))
    assert await sessions.find(idle) is None
    ended = await sessions.start("u-1", "Kari", grants)
    await sessions.end(ended)
    assert await sessions.find(ended) is None
    assert await sessions.find("guessed") is None


async def test_a_login_comes_back_once_to_the_same_browser(database: Pool) -> None:
    """Another browser, a second use and ten minutes later find nothing."""
    clock = FixedClock(NOW)
    sessions = Sessions(database, clock, timedelta(minutes=30), timedelta(hours=8))
    attempt = Attempt.new()
    await sessions.begin_attempt(attempt, "browser", "/kommune/k-0301")
    assert await sessions.take_attempt(attempt.state, "another") is None
    assert await sessions.take_attempt(attempt.state, "browser") == (attempt, "/kommune/k-0301")
    assert await sessions.take_attempt(attempt.state, "browser") is None
    late = Attempt.new()
    await sessions.begin_attempt(late, "browser", "/")
    clock.advance(timedelta(minutes=11))
    assert await sessions.take_attempt(late.state, "browser") is None


async def test_what_was_typed_is_forgotten_after_a_day(database: Pool) -> None:
    """Sessions, logins and commands of the day before yesterday go; younger ones stay."""
    for days in (0, 2):
        clock = FixedClock(NOW - timedelta(days=days))
        sessions = Sessions(database, clock, timedelta(minutes=30), timedelta(hours=8))
        await sessions.start("u-1", "Kari", [])
        await sessions.begin_attempt(Attempt.new(), "browser", "/")
        await database.execute(
            "INSERT INTO gateway.command VALUES ($1, 'k-0301', 'u-1', 'save', 'L', '{}', $2)", str(days), clock.now()
        )
    async with Transactions(database, "/test", FixedClock(NOW)).begin() as transaction:
        await forget(transaction)
    for table in ("session", "login_attempt", "command"):
        assert await database.fetchval(f"SELECT count(*) FROM gateway.{table}") == 1, table


async def test_an_erased_person_leaves_nothing_of_what_was_typed_or_has_failed(database: Pool, reading: Pool) -> None:
    """Its folder is closed, its number finds nobody, forms about its list and messages parked about it are gone."""
    one, other = world.answered("FL-2026-000661", 3), world.answered("FL-2026-000662", 3)
    list_id = one.state.list_id
    folders = [received(f"{list_id}/{number}", folder(list_id, number), 1) for number in (1, 2)]
    await write(database, *records(one), *records(other), *folders)
    for about in (one, other):
        await database.execute(
            "INSERT INTO gateway.command (command_id, municipality_id, user_id, kind, subject, form, message,"
            " created_at)"
            " VALUES ($1, 'k-0301', 'u-1', 'save', $1, '{\"tekst-1\": \"Kari\"}', '{}', $2)",
            *(about.state.list_id, NOW),
        )
    headers = encode_headers(folders[0].envelope)
    raw = replace(folders[0].raw, topic=topics.PERSON_FOLDERS.name, headers=headers)
    failed = read(raw, Reading({}, sequenced=False))
    async with Transactions(database, "/test", FixedClock(NOW)).begin() as transaction:
        await dead_letters.park(transaction, "gateway", "gateway.person-folders", failed, "ValueError")

    gone = one.persons[0].model_copy(update={"erased_at": NOW, "birth_year": 0, "nationality": None})
    await write(database, received(f"{list_id}/1", gone, one.version + 1))
    assert not await has_folder(Reader(reading), OSLO, list_id, 1)
    assert await has_folder(Reader(reading), OSLO, list_id, 2)
    erased = await find_erased(Reader(reading), OSLO, list_id, 1)
    assert erased is not None
    assert await find_erased(Reader(reading), BERGEN, list_id, 1) is None
    found = await find_placed(Reader(reading), OSLO, samples.DUF_NUMBER)
    assert (list_id, 1) not in {(person.list_id, person.running_number) for person in found}
    kept = {row["command_id"]: row["form"] for row in await database.fetch("SELECT * FROM gateway.command")}
    assert (kept[list_id], kept[other.state.list_id]) == (None, {"tekst-1": "Kari"})
    assert await dead_letters.letters(database) == []
    assert await database.fetchval("SELECT action FROM dead_letter_action ORDER BY id DESC LIMIT 1") == "erased"
