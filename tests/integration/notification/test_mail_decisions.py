"""What operations decide about mails that failed, or that nobody is sure of."""

from __future__ import annotations

import json

import pytest

from chassis.storage import orders
from contracts import codes
from contracts.notification import v1
from services.notification.use_cases.decide_mail import Decided
from tests.integration.commands import Told, fordeling
from tests.integration.notification.mail_desk import MailDesk, list_id

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
