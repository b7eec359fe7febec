"""A mail that was sent, and came back."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts import codes
from contracts.notification import v1
from contracts.notification.contacts import contact_reference
from ops.testing.databases import Databases
from services.notification.use_cases.bounce_mail import Bounced
from tests.integration.commands import fordeling
from tests.integration.notification.mail_desk import open_desk
from tests.integration.notification.relay import authority

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
    kafka: str, databases: Databases, scratch: Path
) -> None:
    """Sent by TLS, then returned: it counts as failed once; its event names the contact by reference alone."""
    ours = authority(scratch / "authority")
    async with open_desk(kafka, databases, scratch / "bounces.log") as desk:
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
