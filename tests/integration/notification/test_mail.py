"""E-mails over real Kafka, PostgreSQL and SMTP: one for each writer, and never two."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from chassis.service import Running, running
from chassis.storage import orders
from chassis.storage.migrate import migrate
from contracts import codes, topics
from contracts.distribution import v1 as distribution
from contracts.fields import Actor
from contracts.municipality.v1 import ContactState, MunicipalityState
from contracts.notification import choices, v1
from contracts.notification.contacts import contact_reference
from services.notification.bootstrap import NotificationSettings, bootstrap
from services.notification.use_cases.bounce_mail import Bounced
from services.notification.use_cases.decide_mail import Decided
from tests.integration.commands import Told, fordeling
from tests.integration.desks import NOW, Desk, Heard, clients
from tests.integration.notification.mailserver import HOST, MailServer
from tests.integration.notification.relay import authority

pytestmark = pytest.mark.asyncio(loop_scope="module")

READ = (
    topics.DISTRIBUTION_EVENTS,
    topics.LETTERS_EVENTS,
    topics.MUNICIPALITY_STATE,
    topics.NOTIFICATION_COMMANDS,
)
WRITTEN = (topics.NOTIFICATION_EVENTS, topics.NOTIFICATION_STATE, topics.BY_NAME["notification.failures.v1"])
WRITER, ESCALATION = codes.ContactRole.SETTLEMENT_WRITER, codes.ContactRole.ESCALATION
ORDINARY = codes.PlaceKind.ORDINARY
NYNORSK, NEUTRAL = codes.LanguageForm.NYNORSK, codes.LanguageForm.NEUTRAL
MARKER = "Markør Ølsnes"
PUBLIC_URL = "https://fordeling.example"


@dataclass
class MailDesk(Desk):
    """A desk before notification, with the mail server behind it."""

    server: MailServer = field(default_factory=MailServer)
    log: Path = field(default_factory=Path)
    ca_file: Path | None = None
    """Where it is, the mail server is spoken to by TLS."""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "NOTIFICATION_DATABASE_URL": self.database_url,
            "SMTP_URL": f"{'smtps' if self.ca_file else 'smtp'}://{HOST}:{self.server.port}",
            **({"NOTIFICATION_SMTP_CA_FILE": str(self.ca_file)} if self.ca_file else {}),
            "MAIL_FROM": "Fordeling <ikke-svar@fordeling.example>",
            "PUBLIC_URL": PUBLIC_URL,
            "NOTIFICATION_SMTP_TIMEOUT": "1.5",
            "NOTIFICATION_CLAIM_SECONDS": "4.5",
            "NOTIFICATION_MAIL_PAUSE": "0.1",
            "SESSION_TIMEOUT": "6",
            "RELAY_POLL": "0.2",
        }

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Running]:
        settings = NotificationSettings(
            **{name.lower().removeprefix("notification_"): value for name, value in self.environment.items()}
        )
        async with running(bootstrap(settings), settings) as state:
            yield state

    @asynccontextmanager
    async def process(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run the service as a process of its own; it is gone when the block is left."""
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.notification", env={**os.environ, **self.environment},
                stdout=log, stderr=log,
            )  # fmt: skip
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def tell_municipality(
        self, number: int, *writers: str, form: codes.LanguageForm = NEUTRAL, version: int = 1
    ) -> None:
        contacts = [ContactState(name=MARKER, email=address, roles=[WRITER]) for address in writers]
        contacts.append(ContactState(name=MARKER, email=f"chief@k{number}.example", roles=[ESCALATION]))
        body = MunicipalityState(
            municipality_id=f"k-{number}", number=f"{number:04}", name=f"Kommune{number}", county_number="11",
            county_name="Rogaland", organisation_number="258935420", language_form=form, population=5000,
            valid_from=date(2024, 1, 1), contacts=contacts,
        )  # fmt: skip
        await self.send(topics.MUNICIPALITY_STATE, f"k-{number}", body, subject=f"k-{number}", sequence=version)

    async def choose_daily(self, number: int, address: str) -> None:
        """Have a user say that the address is theirs and that all is to come in a daily digest; wait until it holds."""
        kinds = [choices.KindChoice(kind=kind, delivery=codes.NoticeDelivery.DAILY) for kind in codes.NoticeKind]
        writer = Actor(user_id="user-1", display_name=MARKER, role=codes.Role.SETTLEMENT_WRITER)
        town, subject = f"k-{number}", f"k-{number}/choices/user-1"
        contact = contact_reference(address)
        body = choices.ChooseNotices(municipality_id=town, contact_id=contact, choices=kinds, actor=writer)

        def held(heard: list[Heard]) -> bool:
            return any(isinstance(record.body, choices.NoticeChoiceState) for record in heard)

        async with asyncio.timeout(60):
            while not held(self.heard):  # refused until the municipality is known there
                await self.send(topics.NOTIFICATION_COMMANDS, town, body, subject=subject, message_id=str(uuid4()))
                await asyncio.sleep(0.5)
                await self.hear_all()

    async def receive(self, number: int, *, municipality: int | None = None) -> None:
        people = [distribution.PersonPlace(running_number=person, place_kind=ORDINARY) for person in (1, 2, 3)]
        place = place_of(number) | {"municipality_id": f"k-{municipality or number}"}
        body = distribution.ListReceived(**place, deadline=date(2026, 12, 1), persons=people)
        await self._event(body, 1)

    async def answer(self, number: int) -> None:
        accepted = [distribution.PersonPlace(running_number=person, place_kind=ORDINARY) for person in (1, 2)]
        declined = [
            distribution.DeclinedPerson(
                running_number=3, place_kind=ORDINARY, reason=codes.DeclineReason.CAPACITY_REACHED
            )
        ]
        body = distribution.ListAnswered(
            **place_of(number), accepted=accepted, declined=declined, answered_on=date(2026, 12, 2), late=True
        )
        await self._event(body, 2)

    async def clock(self, number: int, kind: type[distribution.DeadlineEvent], version: int) -> None:
        """Tell what the reply clock of the list says."""
        await self._event(kind(**place_of(number), deadline=date(2026, 12, 1), persons=3), version)

    async def _event(self, event: distribution.ListEvent, version: int) -> None:
        key = event.municipality_id
        await self.send(topics.DISTRIBUTION_EVENTS, key, event, subject=event.list_id, sequence=version)

    async def ended(self, number: int, count: int) -> v1.MailTally:
        """Wait until so many mails of the list's arrival have ended, and tell how."""

        def enough(heard: list[Heard]) -> v1.MailTally | None:
            last = [body.mail for body in states(heard, number) if body.kind is codes.NoticeKind.LIST_RECEIVED][-1:]
            return last[0] if last and sum(last[0].model_dump().values()) >= count else None

        found: v1.MailTally = await self.hear(enough)
        return found

    async def tally(self, number: int, wanted: v1.MailTally) -> bool:
        """Wait until the notice of the list's arrival says so."""
        return bool(
            await self.hear(lambda heard: states(heard, number)[-1:] and states(heard, number)[-1].mail == wanted)
        )

    async def mail_ids(self, number: int, *names: str) -> list[str]:
        """Find the mails to these receivers."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return [
                await connection.fetchval("SELECT mail_id FROM mail WHERE receiver = $1", f"{name}@k{number}.example")
                for name in names
            ]
        finally:
            await connection.close()

    async def order(self, action: str, mail_id: str) -> str:
        """Ask the service for something, as operations do, and wait for what comes of it."""
        connection = await asyncpg.connect(self.database_url)
        try:
            order = await orders.ask(connection, action, mail_id, by="tester", reason="as the log of the server says")
            async with asyncio.timeout(30):
                while True:
                    if (outcome := await orders.outcome(connection, order)) is not None:
                        return outcome
                    await asyncio.sleep(0.05)
        finally:
            await connection.close()

    async def rows(self, number: int) -> Sequence[asyncpg.Record]:
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetch(
                "SELECT state, failure, code, tries FROM mail JOIN notice USING (notice_id) WHERE list_id = $1",
                list_id(number),
            )
        finally:
            await connection.close()


def list_id(number: int) -> str:
    return f"FL-2026-{number:06}"


def place_of(number: int) -> dict[str, Any]:
    return {"list_id": list_id(number), "municipality_id": f"k-{number}", "year": 2026}


def states(heard: list[Heard], number: int) -> list[v1.NoticeState]:
    bodies = [record.body for record in heard if isinstance(record.body, v1.NoticeState)]
    return [body for body in bodies if body.list_id == list_id(number)]


@asynccontextmanager
async def open_desk(kafka: str, url: str, log: Path) -> AsyncIterator[MailDesk]:
    migrate(url, "services.notification.migrations")
    async with clients(kafka, WRITTEN, [*READ, topics.NOTIFICATION_REPLIES]) as (producer, consumer):
        yield MailDesk(kafka, url, producer, consumer, log=log)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(kafka: str, new_database: Callable[[], str], scratch: Path) -> AsyncIterator[MailDesk]:
    """Open the desk; each test starts the service as it needs it."""
    async with open_desk(kafka, new_database(), scratch / "notification.log") as desk, desk.server.running():
        yield desk


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
async def test_operations_decide_about_a_mail_nobody_is_sure_of(desk: MailDesk) -> None:
    """It is sent again, once, or counts as sent; what is not to be decided says so; who, why and when are kept."""
    async with desk.service():
        await desk.tell_municipality(2145, "drop@k2145.example", "mute@k2145.example", "fine@k2145.example")
        await desk.receive(2145)
        assert await desk.ended(2145, 3) == v1.MailTally(sent=1, unsure=2)
        drop, mute, fine = await desk.mail_ids(2145, "drop", "mute", "fine")
        assert await desk.order("arrived", drop) == orders.DONE
        assert await desk.tally(2145, v1.MailTally(sent=2, unsure=1))
        desk.server.well_behaved = True
        assert await desk.order("resend", mute) == orders.DONE
        assert await desk.tally(2145, v1.MailTally(sent=3))
        for action, mail in (("resend", mute), ("resend", fine), ("arrived", "nobody's")):
            assert await desk.order(action, mail) == Decided.NOT_FAILED
    assert [len(desk.server.to(f"{name}@k2145.example")) for name in ("drop", "mute", "fine")] == [0, 2, 1]
    desk.server.well_behaved = False
    first, second = (mail.message for mail in desk.server.to("mute@k2145.example"))
    assert first["Message-ID"] == second["Message-ID"]
    decided = [record.body.decision for record in desk.heard if isinstance(record.body, v1.MailDecided)]
    assert decided == [codes.MailDecision.ARRIVED, codes.MailDecision.RESEND]


@pytest.mark.heavy
async def test_operators_list_and_decide_from_the_command_line(desk: MailDesk, acts_database: str) -> None:
    """No address is shown; a reason is needed; what cannot be done says so; without the service it is done later."""

    async def mail(*arguments: str) -> Told:
        where = {"NOTIFICATION_DATABASE_URL": desk.database_url, "GATEWAY_DATABASE_URL": acts_database}
        return await fordeling("mail", *arguments, **where)

    async with desk.service():
        await desk.tell_municipality(2147, "mute@k2147.example", "refused@k2147.example")
        await desk.receive(2147)
        assert await desk.ended(2147, 2) == v1.MailTally(failed=1, unsure=1)
        unsure, refused = await desk.mail_ids(2147, "mute", "refused")
        listed = await mail("unsure", "--json")
        assert [row["id"] for row in json.loads(listed.out) if row["list_id"] == list_id(2147)] == [unsure]
        table = await mail("failed")
        assert refused in table.out
        assert "@" not in listed.out + table.out
        without = await mail("settle", unsure)
        assert (without.status, "--why" in without.err) == (1, True)
        why = ("--why", "it is in the log, case 1234", "--as", "Tester")
        done = await mail("settle", unsure, *why)
        assert (done.status, done.out) == (0, f"{unsure}: counts as sent\n")
        again = await mail("settle", unsure, *why)
        assert (again.status, Decided.NOT_FAILED in again.out) == (1, True)
        assert await desk.tally(2147, v1.MailTally(sent=1, failed=1))
    later = await mail("resend", refused, *why, "--wait", "1")
    assert (later.status, "no answer yet" in later.out) == (4, True)
    desk.server.well_behaved = True
    async with desk.service():
        assert await desk.tally(2147, v1.MailTally(sent=2))
    desk.server.well_behaved = False


async def test_a_mail_whose_receiver_is_forgotten_can_only_be_taken_as_arrived(desk: MailDesk) -> None:
    """Thirty days after its end nobody knows any more whom it was for."""
    async with desk.service() as running:
        await desk.tell_municipality(2146, "refused@k2146.example")
        await desk.receive(2146)
        assert await desk.ended(2146, 1) == v1.MailTally(failed=1)
        [mail] = await desk.mail_ids(2146, "refused")
        await running.pool.execute("UPDATE mail SET receiver = NULL WHERE mail_id = $1", mail)
        assert await desk.order("resend", mail) == Decided.FORGOTTEN
        assert await desk.order("arrived", mail) == orders.DONE
        assert await desk.tally(2146, v1.MailTally(sent=1))


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
async def test_a_clock_that_was_ahead_holds_no_mail_up(
    kafka: str, new_database: Callable[[], str], scratch: Path
) -> None:
    """A mail planned while the clock was ten minutes ahead is sent at once when the clock is right again."""
    async with open_desk(kafka, new_database(), scratch / "ahead.log") as desk, desk.server.running():
        connection = await asyncpg.connect(desk.database_url)
        await connection.execute(AHEAD)
        await connection.close()
        async with desk.service():
            await desk.tell_municipality(2171, "one@k2171.example")
            await desk.receive(2171)
            assert await desk.ended(2171, 1) == v1.MailTally(sent=1)
    assert len(desk.server.taken) == 1


async def test_mails_outlast_a_mail_server_that_is_away(
    kafka: str, new_database: Callable[[], str], scratch: Path
) -> None:
    """Notices are posted meanwhile; when it is back each mail is sent once. No name of a contact is in any mail."""
    async with open_desk(kafka, new_database(), scratch / "away.log") as desk:
        async with desk.server.running():
            pass
        async with desk.service():
            await desk.tell_municipality(2161, "one@k2161.example", "two@k2161.example")
            await desk.receive(2161)
            assert await desk.hear(lambda heard: states(heard, 2161))
            # A claim that meets a closed port lasts for milliseconds: seen or tried, within bounds, is enough.
            for _ in range(300):
                if any(row["state"] == "claimed" or row["tries"] for row in await desk.rows(2161)):
                    break
                await asyncio.sleep(0.01)
            async with desk.server.running():
                assert await desk.ended(2161, 2) == v1.MailTally(sent=2)
        assert sorted(mail.receiver for mail in desk.server.taken) == ["one@k2161.example", "two@k2161.example"]
        assert not [mail for mail in desk.server.taken if "lsnes" in mail.message.as_string()]


RETURNED = """\
From: MAILER-DAEMON@relay.example
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; away@k2181.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 551 5.1.1 moved away

--b
Content-Type: text/rfc822-headers

Message-ID: {}

--b--
"""


@pytest.mark.heavy
async def test_a_mail_that_comes_back_is_told_and_its_contact_named(
    kafka: str, new_database: Callable[[], str], scratch: Path
) -> None:
    """Sent by TLS, then returned: it counts as failed once; its event names the contact by reference alone."""
    ours = authority(scratch / "authority")
    async with open_desk(kafka, new_database(), scratch / "bounces.log") as desk:
        desk.ca_file = ours.ca_file
        async with desk.server.running(ours.server_side()), desk.service():
            await desk.tell_municipality(2181, "away@k2181.example", "here@k2181.example")
            await desk.receive(2181)
            assert await desk.ended(2181, 2) == v1.MailTally(sent=2)
            [mail] = desk.server.to("away@k2181.example")
            report = RETURNED.format(mail.message["Message-ID"]).encode()
            database = {"NOTIFICATION_DATABASE_URL": desk.database_url}
            told = [await fordeling("mail", "bounce", given=report, **database) for _ in range(2)]
            assert [one.status for one in told] == [0, 0]
            assert [one.out.partition(": ")[2] for one in told] == ["done\n", f"{Bounced.KNOWN}\n"]
            nothing = await fordeling("mail", "bounce", given=b"Subject: Ikke til stede\n\nHei", **database)
            assert (nothing.status, "nothing is done" in nothing.out) == (0, True)
            away = await fordeling(
                "mail", "bounce", given=report, NOTIFICATION_DATABASE_URL="postgresql://localhost:9/x"
            )
            assert (away.status, away.err.count("\n")) == (75, 1)
            assert await desk.tally(2181, v1.MailTally(sent=1, failed=1))
        rows = {(row["state"], row["failure"], row["code"]) for row in await desk.rows(2181)}
        assert rows == {("sent", None, None), ("failed", "bounced", 551)}
        failed = [record.body for record in desk.heard if isinstance(record.body, v1.MailFailed)]
        assert [(body.failure, body.contact) for body in failed] == [
            (codes.MailFailure.BOUNCED, contact_reference("Away@k2181.example"))
        ]
        sent = [record.body.contact for record in desk.heard if isinstance(record.body, v1.MailSent)]
        assert sorted(sent) == sorted(contact_reference(f"{name}@k2181.example") for name in ("away", "here"))
        assert not [record for record in desk.heard if "@" in record.body.model_dump_json()]
