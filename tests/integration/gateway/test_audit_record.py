"""The audit's rows on a real database: one for each look, command, login, act and refusal; none is ever changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from chassis.clock import FixedClock
from contracts.codes import Role
from contracts.distribution.v1 import Decision, SaveDecisions
from contracts.fields import Actor
from gateway.audit.record import Asker, Audit, Denied, NotRecordedError, Tried
from gateway.auth.rights import Grant
from gateway.auth.sessions import Sessions
from gateway.commands import desk, outcomes
from gateway.folders.looks import Channel, LookNotRecordedError, Looks, Refusal
from ops.topics.acts import KEEP as KEEP_ACT
from tests.browser.stage import world
from tests.integration.gateway.audited import LIST, VIEWER, WANTED
from tests.integration.gateway.projecting import records, write

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
ROWS = """
SELECT kind, what, channel, user_id, role, municipality_id, subject, running_number, purpose, refusal, details
FROM gateway.audit ORDER BY audit_id
"""
WORDS = ("Kari", "Møte", "Leter", "Fordi")


async def rows(database: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.fetch(ROWS)]


async def test_a_look_has_its_row_in_its_own_transaction(database: Any, reading: Any) -> None:
    """Who, whom, why, allowed or not, by codes and ids; words by their digest only; waiting to be sealed."""
    looks = Looks(reading)
    await looks.record(VIEWER, WANTED)
    await looks.record(VIEWER, WANTED, Refusal.NOT_OPEN)
    [shown, refused] = await rows(database)
    head = ("look", "health", "page", "u-1", "settlement_writer", "k-0301", LIST, 1, "other")
    assert (shown[:10], refused[:10]) == ((*head, None), (*head, "not-open"))
    assert len(shown[10]["words"]) == 64
    assert not [word for word in WORDS if word in str((shown, refused))]
    assert await database.fetchval("SELECT count(*) FROM gateway.audit_unsealed") == 2
    assert await database.fetchval("SELECT bool_and(now() - at < interval '1 minute') FROM gateway.audit")


async def test_without_its_audit_row_there_is_no_look(database: Any, reading: Any) -> None:
    """The audit takes nothing: the look is not recorded either, and nothing may be shown."""
    for table in ("gateway.audit", "gateway.audit_unsealed"):
        await database.execute(f"ALTER TABLE {table} ADD CONSTRAINT full_disk CHECK (false) NOT VALID")
        with pytest.raises(LookNotRecordedError):
            await Looks(reading).record(VIEWER, WANTED)
        await database.execute(f"ALTER TABLE {table} DROP CONSTRAINT full_disk")
    assert await database.fetchval("SELECT count(*) FROM gateway.look") == 0
    await Looks(reading).record(VIEWER, WANTED)


async def test_a_command_has_a_row_once_and_its_refusal_another(database: Any) -> None:
    """Which kind, by whom, about whom; of what it says nothing; a repeat is the same command."""
    actor = Actor(user_id="u-1", display_name="Kari Nordmann", role=Role.SETTLEMENT_WRITER)
    decisions = [Decision(running_number=number) for number in (2, 1)]
    body = SaveDecisions(
        list_id=LIST,
        municipality_id="k-0301",
        actor=actor,
        accepted_at=NOW,
        expected_version=1,
        decisions=decisions,
        message_to_imdi="Leter etter bolig",
    )
    message = {"topic": "t", "type": body.message_type, "body": body.model_dump(mode="json")}
    for _ in range(2):
        await database.execute(desk.KEEP, "c-1", "k-0301", "u-1", "save", LIST, {"typed": "Leter"}, NOW, message)
    outcome = ("c-1", False, LIST, 3, "version-conflict", '{"name": "Kari"}')
    for _ in range(2):
        await database.execute(outcomes.STORE, *([one] for one in outcome), NOW, [])
    head = ("save", None, "u-1", "settlement_writer", "k-0301", LIST, None, None)
    assert await rows(database) == [
        ("command", *head, None, {"command_id": "c-1", "persons": [1, 2]}),
        ("refusal", *head, "version-conflict", {"command_id": "c-1"}),
    ]


async def test_logins_and_logouts_have_rows(database: Any) -> None:
    """With what the login gave a right to; a second end of the same session is none."""
    sessions = Sessions(database, FixedClock(NOW), timedelta(minutes=30), timedelta(hours=8))
    token = await sessions.start("u-1", "Kari Nordmann", [Grant("958935420", Role.SETTLEMENT_READER)])
    for _ in range(2):
        await sessions.end(token)
    login, logout = await rows(database)
    assert login[:4] == ("session", "login", "page", "u-1")
    assert login[10] == {"grants": [{"organisation_number": "958935420", "role": "settlement_reader"}]}
    assert logout[:4] == ("session", "logout", "page", "u-1")
    assert "Kari" not in str((login, logout))


async def test_an_operators_act_has_a_row(database: Any) -> None:
    """By the account; the reason and what was searched for by their digest only."""
    await database.execute(KEEP_ACT, "shown", "imdi.requests.v1", {"key": "Leter"}, "kari@vm", "Fordi IMDi spør")
    [row] = await rows(database)
    assert row[:4] == ("operation", "shown", "command-line", "kari@vm")
    assert row[6] == "imdi.requests.v1"
    assert not [word for word in WORDS if word in str(row)]


async def test_a_refusal_is_written_by_the_role_that_reads(database: Any, reading: Any) -> None:
    """Who is known each time; nobody only so often a minute, and what was left out is counted in the next row."""
    audit, tried = Audit(reading), Tried("GET /kommune/{municipality_id}", "k-0301", LIST, 2)
    assert await audit.refused(Asker("u-2", Role.SETTLEMENT_READER, Channel.PAGE), tried, Denied.NO_ACCESS)
    now = 0.0
    audit.nobodys.seconds = lambda: now
    audit.nobodys.per_minute = 2
    for _ in range(5):
        assert await audit.refused(Asker(None, None, Channel.API), Tried("GET /"), Denied.NOT_AUTHENTICATED)
    now = 61.0
    await audit.refused(Asker(None, None, Channel.API), Tried("GET /"), Denied.NOT_AUTHENTICATED)
    found = await rows(database)
    assert found[0] == (
        "refusal", "GET /kommune/{municipality_id}", "page", "u-2", "settlement_reader", "k-0301", LIST, 2, None,
        "no-access", {},
    )  # fmt: skip
    assert [row[10] for row in found[1:]] == [{}, {}, {"not_told_before": 3}]


async def test_a_refusal_that_cannot_be_written_is_told(database: Any, reading: Any) -> None:
    """Nothing was shown: the request is refused all the same."""
    await database.execute("ALTER TABLE gateway.audit ADD CONSTRAINT full_disk CHECK (false) NOT VALID")
    assert not await Audit(reading).refused(Asker("u", None, Channel.PAGE), Tried("GET /"), Denied.NOT_FOUND)


async def test_rows_are_only_ever_added(database: Any, reading: Any) -> None:
    """Neither changed nor taken away, by the tables' owner either; who reads pages only adds, and tells no time."""
    await Looks(reading).record(VIEWER, WANTED)
    for statement in ("UPDATE gateway.audit SET user_id = 'x'", "DELETE FROM gateway.audit", "TRUNCATE gateway.audit"):
        for pool in (database, reading):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.execute(statement)
    for statement in (
        "SELECT user_id FROM gateway.audit",
        "DELETE FROM gateway.audit_unsealed",
        "INSERT INTO gateway.audit (kind, what, at) VALUES ('look', 'health', '2020-01-01')",
        "INSERT INTO gateway.audit_unsealed (audit_id) VALUES (7)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reading.execute(statement)
    await database.execute("INSERT INTO gateway.audit (kind, what, at) VALUES ('look', 'health', '2020-01-01')")
    assert await database.fetchval("SELECT bool_and(now() - at < interval '1 minute') FROM gateway.audit")


async def test_a_look_at_a_list_is_written_where_it_is_ones_own(database: Any, reading: Any) -> None:
    """Who, which list, what for; another's list has none; where it cannot be written it is told."""
    one = world.answered(LIST, 3)
    await write(database, *records(one))
    audit, asker = Audit(reading), Asker("u-1", Role.SETTLEMENT_WRITER, Channel.PAGE)
    await audit.looked(asker, one.state.municipality_id, LIST)
    await audit.looked(asker, "k-4601", LIST)
    await audit.looked(asker, one.state.municipality_id, "FL-2026-999999")
    assert [row[:9] for row in await rows(database)] == [
        ("look", "details", "page", "u-1", "settlement_writer", one.state.municipality_id, LIST, None, "settlement")
    ]
    await database.execute("ALTER TABLE gateway.audit ADD CONSTRAINT full_disk CHECK (false) NOT VALID")
    with pytest.raises(NotRecordedError):
        await audit.looked(asker, one.state.municipality_id, LIST)
