"""E-mails over real Kafka, PostgreSQL and SMTP: one for each writer, and never two."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from contracts import codes
from contracts.distribution import v1 as distribution
from contracts.notification import v1
from contracts.notification.contacts import contact_reference
from ops.testing.databases import Databases
from tests.integration.desks import NOW, until
from tests.integration.notification.mail_desk import MARKER, NYNORSK, PUBLIC_URL, MailDesk, list_id, open_desk, states

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_writer_gets_one_mail_for_each_notice(desk: MailDesk) -> None:
    """In the municipality's form; nobody else gets one, and a repeat of the facts sends nothing more."""
    async with desk.service():
        await desk.tell_municipality(
            2101, "anne@k2101.example", "per@k2101.example", "Anne@k2101.example", form=NYNORSK
        )
        await desk.receive(2101)
        await desk.server.until("anne@k2101.example")
        await desk.server.until("per@k2101.example")
        await desk.answer(2101)
        for _ in range(2):
            await desk.receive(2101)
            await desk.answer(2101)
        await desk.server.until("anne@k2101.example", 2)
        await desk.tell_municipality(2102, "last@k2102.example")
        await desk.receive(2102)
        await desk.server.until("last@k2102.example")
        assert await desk.ended(2101, 2) == v1.MailTally(sent=2)
    mails = [mail.message for mail in desk.server.to("anne@k2101.example")]
    assert [mail["Subject"] for mail in mails] == [
        "Ny fordelingsliste frå IMDi: FL-2026-002101, svarfrist 1. desember",
        "Svaret er sendt til IMDi: FL-2026-002101",
    ]
    assert len(desk.server.to("per@k2101.example")) == 2
    assert {mail.receiver for mail in desk.server.taken if "2101" in mail.receiver} == {
        "anne@k2101.example",
        "per@k2101.example",
    }
    assert len({mail["Message-ID"] for mail in mails}) == 2
    assert {mail["Date"].datetime for mail in mails} == {NOW}
    answered = mails[1].get_body(("plain",))
    assert answered is not None
    text = answered.get_content()
    assert f"{PUBLIC_URL}/kommune/k-2101/bosetting/fordelinger/FL-2026-002101" in text
    for words in ("Blir busette: 2", "Blir ikkje busette: 1", "Svarfrist: tysdag 1. desember 2026", "(etter fristen)"):
        assert words in text


async def test_an_overdue_list_is_escalated(desk: MailDesk) -> None:
    """Writers hear of the deadline, the escalation contact of what is overdue; nobody to write to is an event."""
    async with desk.service():
        await desk.tell_municipality(2105, "anne@k2105.example")
        await desk.receive(2105)
        for version, kind in enumerate((distribution.DeadlineNear, distribution.ListOverdue), 2):
            for _ in range(2):
                await desk.clock(2105, kind, version)
        await desk.server.until("anne@k2105.example", 2)
        await desk.server.until("chief@k2105.example")
        await desk.tell_municipality(2106)
        await desk.clock(2106, distribution.DeadlineToday, 1)
        told = await desk.hear(lambda heard: [one.body for one in heard if isinstance(one.body, v1.NobodyToWriteTo)])
        assert [(one.municipality_id, one.kind) for one in told] == [("k-2106", codes.NoticeKind.DEADLINE_TODAY)]
    assert [mail.message["Subject"] for mail in desk.server.to("anne@k2105.example")] == [
        "Ny fordelingsliste fra IMDi: FL-2026-002105, svarfrist 1. desember",
        "Svarfristen er 1. desember: FL-2026-002105",
    ]
    [escalation] = [mail.message for mail in desk.server.to("chief@k2105.example")]
    assert escalation["Subject"] == "Svarfristen er ute: FL-2026-002105"
    heard = await desk.hear_all()
    assert [one.kind.value for one in states(heard, 2105) if one.mail == v1.MailTally()] == [
        "list_received", "deadline_near", "list_overdue",
    ]  # fmt: skip


async def test_mails_wait_for_a_municipality_that_is_not_here_yet(desk: MailDesk) -> None:
    """The notice is posted at once; the mails are sent when it is known to whom."""
    async with desk.service():
        await desk.receive(2111)
        assert await desk.hear(lambda heard: states(heard, 2111))
        assert desk.server.asked["late@k2111.example"] == 0
        await desk.tell_municipality(2111, "late@k2111.example")
        assert await desk.ended(2111, 1) == v1.MailTally(sent=1)
    assert len(desk.server.to("late@k2111.example")) == 1


async def test_a_mail_that_is_put_off_is_sent_once(desk: MailDesk) -> None:
    """Two times 4xx, then accepted: exactly one has been taken, and a neighbour's did not wait for it."""
    async with desk.service():
        await desk.tell_municipality(2121, "later@k2121.example", "other@k2121.example")
        await desk.receive(2121)
        assert await desk.ended(2121, 2) == v1.MailTally(sent=2)
    assert desk.server.asked["later@k2121.example"] == 3
    assert len(desk.server.to("later@k2121.example")) == len(desk.server.to("other@k2121.example")) == 1


async def test_a_refused_mail_fails_and_is_seen(desk: MailDesk) -> None:
    """5xx: not tried again, told as an event and in the notice's state with no address, and the others are sent.

    The contact is named where it was refused, and not where the server wanted no such mail at all.
    """
    async with desk.service():
        await desk.tell_municipality(
            2131, "refused@k2131.example", "fine@k2131.example", "a,b@k2131.example", "spam@k2131.example"
        )
        await desk.receive(2131)
        assert await desk.ended(2131, 4) == v1.MailTally(sent=1, failed=3)
    assert desk.server.asked["refused@k2131.example"] == 1
    failed = [record.body for record in desk.heard if isinstance(record.body, v1.MailFailed)]
    own = [body for body in failed if body.list_id == list_id(2131)]
    assert {body.failure for body in own} == {codes.MailFailure.REFUSED}
    named = {contact_reference(f"{name}@k2131.example") for name in ("refused", "a,b")}
    assert (len(own), {body.contact for body in own}) == (3, named | {None})
    told = [record.body.model_dump_json() for record in desk.heard]
    assert not [body for body in told if "@" in body or MARKER in body]
    assert sorted((row["state"], row["code"]) for row in await desk.rows(2131)) == [
        ("failed", 550),
        ("failed", 553),
        ("failed", 554),
        ("sent", None),
    ]


async def test_a_connection_that_ends_during_a_mail_leaves_it_unsure(desk: MailDesk) -> None:
    """It is not sent again, since it may have been taken; that is told, and the others are sent."""
    async with desk.service():
        await desk.tell_municipality(2141, "drop@k2141.example", "mute@k2141.example", "kept@k2141.example")
        await desk.receive(2141)
        assert await desk.ended(2141, 3) == v1.MailTally(sent=1, unsure=2)
    assert [desk.server.asked[f"{name}@k2141.example"] for name in ("drop", "mute", "kept")] == [1, 1, 1]
    assert len(desk.server.to("kept@k2141.example")) == 1


@pytest.mark.heavy
async def test_a_service_that_dies_with_a_mail_in_hand_sends_none_twice(desk: MailDesk) -> None:
    """Killed after the server took one and before that was recorded: unsure. Killed before it could have it: sent."""
    async with desk.process():
        await desk.tell_municipality(2151, "mute@k2151.example")
        await desk.receive(2151)
        await desk.server.until("mute@k2151.example")
    async with desk.process():
        await desk.tell_municipality(2152, "slow@k2152.example")
        await desk.receive(2152)
        await desk.server.until("slow@k2152.example", asked=True)
    async with desk.process():
        assert await desk.ended(2151, 1) == v1.MailTally(unsure=1)
        assert await desk.ended(2152, 1) == v1.MailTally(sent=1)
    assert (desk.server.asked["mute@k2151.example"], len(desk.server.to("mute@k2151.example"))) == (1, 1)
    assert len(desk.server.to("slow@k2152.example")) == 1
    log = desk.log.read_text(encoding="utf-8")
    assert list_id(2151) in log
    assert not [word for word in ("@k215", "mute", MARKER, "Ølsnes") if word in log]


AHEAD = """
CREATE FUNCTION ahead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.due_at := NEW.due_at + interval '10 minutes';
    NEW.planned_at := NEW.planned_at + interval '10 minutes';
    RETURN NEW;
END $$;
CREATE TRIGGER ahead BEFORE INSERT ON mail FOR EACH ROW EXECUTE FUNCTION ahead();
"""


@pytest.mark.heavy
async def test_a_clock_that_was_ahead_holds_no_mail_up(kafka: str, databases: Databases, scratch: Path) -> None:
    """A mail planned while the clock was ten minutes ahead is sent at once when the clock is right again."""
    async with open_desk(kafka, databases, scratch / "ahead.log") as desk, desk.server.running():
        connection = await asyncpg.connect(desk.database_url)
        await connection.execute(AHEAD)
        await connection.close()
        async with desk.service():
            await desk.tell_municipality(2171, "one@k2171.example")
            await desk.receive(2171)
            assert await desk.ended(2171, 1) == v1.MailTally(sent=1)
    assert len(desk.server.taken) == 1


async def test_mails_outlast_a_mail_server_that_is_away(kafka: str, databases: Databases, scratch: Path) -> None:
    """Notices are posted meanwhile; when it is back each mail is sent once. No name of a contact is in any mail."""
    async with open_desk(kafka, databases, scratch / "away.log") as desk:
        async with desk.server.running():
            pass
        async with desk.service():
            await desk.tell_municipality(2161, "one@k2161.example", "two@k2161.example")
            await desk.receive(2161)
            assert await desk.hear(lambda heard: states(heard, 2161))
            # A claim that meets a closed port lasts for milliseconds: seen or tried, within bounds, is enough.
            await until(lambda: desk.rows(2161))
            for _ in range(300):
                if any(row["state"] == "claimed" or row["tries"] for row in await desk.rows(2161)):
                    break
                await asyncio.sleep(0.01)
            assert await desk.overdue_since("1 hour") > 3600
            async with desk.server.running():
                assert await desk.ended(2161, 2) == v1.MailTally(sent=2)
        assert sorted(mail.receiver for mail in desk.server.taken) == ["one@k2161.example", "two@k2161.example"]
        assert not [mail for mail in desk.server.taken if "lsnes" in mail.message.as_string()]
