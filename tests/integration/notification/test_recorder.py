"""Mails recorded together over real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from chassis.storage.transaction import Transactions
from services.notification.adapters.units import PgUnits
from services.notification.domain.mail import MailState
from services.notification.domain.notices import Tally
from services.notification.entrypoints.recorder import Recorder
from services.notification.use_cases.ports import Claim
from services.notification.use_cases.record_mails import record_mails
from tests.integration.notification.conftest import EMPTY
from tests.integration.notification.pg_worlds import PgUnitWorld
from tests.unit.notification.choices_contract import ANNE, NEW, PER, happen, know

LEASE = timedelta(minutes=2)
STATES = "SELECT mail_id, state, claims, due_at, ended_at, failure FROM mail ORDER BY mail_id"
TOLD = """
SELECT topic, key, subject, headers - 'ce_time' AS headers, convert_from(value, 'utf8') FROM outbox ORDER BY subject, id
"""
ALL = {"mails": STATES, "notices": "SELECT notice_id, version FROM notice ORDER BY notice_id", "told": TOLD}


async def in_hand(world: PgUnitWorld, lists: int) -> list[Claim]:
    """Have two writers' mails about some lists in hand, longest due first."""
    await world.pool.execute(EMPTY)
    await know(world, ANNE, PER)
    for number in range(1, lists + 1):
        await happen(world, NEW, number)
    await world.published()
    async with world.begin() as unit:
        return await unit.mails.claim(100, unit.now + LEASE)


async def everything(world: PgUnitWorld) -> dict[str, list[Any]]:
    return {name: [tuple(row) for row in await world.pool.fetch(query)] for name, query in ALL.items()}


async def test_mails_recorded_together_are_as_if_one_came_after_the_other(world: PgUnitWorld) -> None:
    """Rows and messages are the same, also where several mails are about one notice."""
    found = []
    for together in (1, 6):
        claims = await in_hand(world, 3)
        chunks = [claims[at : at + together] for at in range(0, len(claims), together)]
        for chunk in chunks:
            async with world.begin() as unit:
                begun, _ = await record_mails(chunk, {}, LEASE, unit)
                assert set(begun) == set(chunk)
        for chunk in chunks:
            async with world.begin() as unit:
                _, sent = await record_mails([], dict.fromkeys(chunk), LEASE, unit)
                assert set(sent) == set(chunk)
        found.append(await everything(world))
    alone, together_ = found
    assert together_["mails"] == alone["mails"]
    assert together_["notices"] == alone["notices"]
    assert sorted(together_["told"], key=repr) == sorted(alone["told"], key=repr)
    assert len(alone["told"]) == 2 * 6
    async with world.begin() as unit:
        notices = await unit.notices.lock_all([row[0] for row in alone["notices"]])
    assert [(notice.version, notice.mail) for notice in notices] == [(3, Tally(sent=2))] * 3


async def test_a_claim_that_is_not_the_last_is_left_out(world: PgUnitWorld) -> None:
    """Of one that was claimed again meanwhile neither is noted; the others are."""
    first, *others = await in_hand(world, 2)
    await world.pool.execute("UPDATE mail SET claims = claims + 1 WHERE mail_id = $1", first.mail.mail_id)
    async with world.begin() as unit:
        begun, _ = await record_mails([first, *others], {}, LEASE, unit)
    assert set(begun) == set(others)
    async with world.begin() as unit:
        _, sent = await record_mails([], dict.fromkeys([first, *others]), LEASE, unit)
    assert set(sent) == set(others)
    states = {row["mail_id"]: row["state"] for row in await world.pool.fetch(STATES)}
    assert states.pop(first.mail.mail_id) == MailState.CLAIMED
    assert set(states.values()) == {MailState.SENT}


async def test_what_stops_one_mail_stops_no_other(world: PgUnitWorld) -> None:
    """The common transaction fails, each alone is recorded, and whoever had the bad one hears of it."""
    claims = await in_hand(world, 3)
    transactions = Transactions(world.pool, "/fordeling/notification", world.clock)
    recorder = Recorder(PgUnits(transactions), LEASE)
    bad = claims[2].mail.mail_id
    await world.pool.execute(f"ALTER TABLE mail ADD CONSTRAINT bad CHECK (mail_id <> '{bad}' OR state <> 'sent')")
    try:
        assert all(await asyncio.gather(*(recorder.begin_hand_over(claim) for claim in claims)))
        ends = await asyncio.gather(*(recorder.sent(claim) for claim in claims), return_exceptions=True)
    finally:
        await world.pool.execute("ALTER TABLE mail DROP CONSTRAINT bad")
    assert [end is True for end in ends] == [True, True, False, True, True, True]
    states = {row["mail_id"]: row["state"] for row in await world.pool.fetch(STATES)}
    assert states.pop(bad) == MailState.HANDING_OVER, "as one that nobody can be sure of"
    assert set(states.values()) == {MailState.SENT}
