"""The same contract over real PostgreSQL, and what only the database can show."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from email.headerregistry import Address
from pathlib import Path

import pytest

from services.notification import migrations
from services.notification.adapters.composing import MailComposer
from services.notification.domain.mail import MailState
from services.notification.domain.notices import NoticeKind, Tally
from services.notification.use_cases.identities import digest_id
from services.notification.use_cases.outcomes import Accepted
from tests.integration.notification.pg_worlds import PgUnitWorld
from tests.unit.notification.choices_contract import (
    ANNE,
    DAILY,
    MORNING,
    PER,
    QUIET,
    TOWN,
    ChoicesContract,
    choose,
    gather,
    happen,
    know,
)
from tests.unit.notification.units import UnitWorld

AS_OBJECTS = Path(migrations.__path__[0]) / "0341.notification-choices-as-objects.sql"
COMPOSER = MailComposer(Address("Fordeling", "ikke-svar", "fordeling.example"), "https://fordeling.example/")


class TestInPostgres(ChoicesContract):
    @pytest.fixture
    def world(self, world: PgUnitWorld) -> UnitWorld:
        return world


async def test_two_who_silence_it_at_once_take_turns(world: PgUnitWorld) -> None:
    """However close together: one of them stays the one who hears."""
    await know(world, ANNE, PER)
    outcomes = await asyncio.gather(*(choose(world, who, who, QUIET) for who in (ANNE, PER)))
    assert [isinstance(outcome, Accepted) for outcome in outcomes].count(True) == 1


async def test_a_choice_is_kept_as_an_object(world: PgUnitWorld) -> None:
    """Reconcile takes it apart by kind: a text that holds an object would stop it."""
    await know(world, ANNE, PER)
    await choose(world, "u-1", ANNE, DAILY)
    async with world.pool.acquire() as connection:
        kept = await connection.fetch("SELECT key FROM notice_choice, jsonb_each_text(deliveries)")
    assert {row["key"] for row in kept} <= {kind.value for kind in NoticeKind}
    assert kept


async def test_a_choice_that_was_kept_as_a_text_becomes_an_object(world: PgUnitWorld) -> None:
    """Migration 0341: the same choice, however often it is run."""
    await know(world, ANNE, PER)
    await choose(world, "u-1", ANNE, DAILY)
    async with world.pool.acquire() as connection:
        before = await connection.fetch("SELECT deliveries FROM notice_choice ORDER BY user_id")
        await connection.execute("UPDATE notice_choice SET deliveries = to_jsonb(deliveries::text)")
        for _ in range(2):
            await connection.execute(AS_OBJECTS.read_text(encoding="utf-8"))
        after = await connection.fetch("SELECT deliveries FROM notice_choice ORDER BY user_id")
    assert after == before
    assert all(isinstance(row["deliveries"], dict) for row in after)


async def test_a_digest_is_a_mail_like_any_other(world: PgUnitWorld) -> None:
    """It names each notice in the municipality's form and no person, has an id of its own, and is counted at each."""
    await know(world, ANNE, PER)
    await choose(world, "u-1", ANNE, DAILY)
    await happen(world, NoticeKind.LIST_RECEIVED, 1)
    await happen(world, NoticeKind.LETTER_TO_PAPER, 2)
    async with world.begin() as unit:
        for claim in await unit.mails.claim(10, MORNING):
            await unit.mails.end(claim, MailState.SENT, None, None)
    world.now = MORNING
    assert len(await gather(world)) >= 1
    async with world.begin() as unit:
        claims = {claim.mail.receiver: claim for claim in await unit.mails.claim(10, MORNING)}
    mail = claims[ANNE].mail
    assert mail.mail_id == digest_id(TOWN, ANNE, MORNING.date())
    message = message_from_bytes(COMPOSER.compose(mail), policy=policy.default)
    body = message.get_body(("plain",))  # type: ignore[attr-defined]
    assert body is not None
    text = body.get_content()
    assert message["Subject"] == "Varsel 25. november for Sogndal kommune"
    assert message["Date"].datetime == MORNING
    assert (
        "Ny fordelingsliste frå IMDi: FL-2026-000001, svarfrist 1. desember" in text.replace("\xa0", " ").splitlines()
    )
    assert "Eit brev blir sendt på papir: FL-2026-000002" in text
    assert "https://fordeling.example/kommune/k-4640/arbeidsflate" in text.splitlines()
    async with world.begin() as unit:
        await unit.mails.end(claims[ANNE], MailState.SENT, None, None)
        found = await unit.notices.open(TOWN, mail.notice_ids)
    assert sorted(one.mail.sent for one in found) == [1, 2]
    assert {type(one.mail) for one in found} == {Tally}
