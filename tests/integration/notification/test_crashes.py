"""Notification's process killed at every step of a mail: one mail at most, and where nobody can know it says so."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from chassis.storage.database import create_pool
from contracts.notification import v1
from ops.testing.databases import Databases
from tests.integration.desks import until
from tests.integration.notification.mail_desk import MailDesk, list_id, open_desk
from tests.integration.supervising import supervised

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.heavy]

SENT, UNSURE = v1.MailTally(sent=1), v1.MailTally(unsure=1)
PLACES = (
    ("claimed", SENT, 1),
    ("addressed", SENT, 1),
    ("handing-over", UNSURE, 0),
    ("handed-over", UNSURE, 1),
    ("recorded", SENT, 1),
)
"""Where it is killed, how the mail ends, and how many the mailbox holds."""
GATHERED = """
INSERT INTO timer_run (name, last_run) VALUES ('gather digests', $1)
ON CONFLICT (name) DO UPDATE SET last_run = excluded.last_run
"""
"""Only when both notices wait does it gather: else it could have gathered the first alone."""
PATIENCE = 90.0
"""Seconds: for two starts of the process, and what it had in hand to be given up."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(
    kafka: str, databases: Databases, scratch: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[MailDesk]:
    """Open the desk, with the process behind it that is started again whenever it has died."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "FORDELING_EMBEDDED", "1")
        patch.setitem(os.environ, "FORDELING_FAULTS", str(tmp_path_factory.mktemp("faults")))
        async with (
            open_desk(kafka, databases, scratch / "crashes.log") as desk,
            desk.server.running(),
            supervised(desk.process),
        ):
            desk.seconds = PATIENCE
            yield desk


@pytest.mark.parametrize(("place", "tally", "mails"), PLACES)
async def test_a_mail_is_sent_at_most_once_wherever_the_process_is_killed(
    desk: MailDesk, place: str, tally: v1.MailTally, mails: int
) -> None:
    """Its notice tells how it ended, with one event; the mailbox never holds two."""
    number = 2300 + [name for name, *_ in PLACES].index(place)
    file = Path(os.environ["FORDELING_FAULTS"]) / f"notification.postman.{place}"
    receiver = f"writer@k{number}.example"
    file.write_text("kill")
    await desk.tell_municipality(number, receiver)
    await desk.receive(number)
    assert await desk.ended(number, 1) == tally
    assert file.with_name(f"{file.name}.done").exists()
    assert len(desk.server.to(receiver)) == mails
    ends = [record.body for record in desk.heard if isinstance(record.body, v1.MailSent | v1.MailFailed)]
    assert len([body for body in ends if body.list_id == list_id(number)]) == 1


async def test_a_daily_digest_goes_once_where_the_process_is_killed_while_it_gathers(desk: MailDesk) -> None:
    """What was due when it was down goes when it is up again: one mail, which tells of both lists."""
    address = "writer@k2320.example"
    await desk.tell_municipality(2320, address)
    await desk.choose_daily(2320, address)
    file = Path(os.environ["FORDELING_FAULTS"]) / "notification.digests.gathered"
    async with await create_pool(desk.database_url, name="test") as pool:
        await pool.execute(GATHERED, datetime.now(UTC) + timedelta(days=1))
        for number in (2320, 2321):
            await desk.receive(number, municipality=2320)
        await until(lambda: pool.fetchval("SELECT count(*) = 2 FROM digest_item WHERE receiver = $1", address))
        file.write_text("kill")
        await pool.execute(GATHERED, datetime(1, 1, 1, tzinfo=UTC))
    await desk.server.until(address)
    assert file.with_name(f"{file.name}.done").exists()
    assert await desk.ended(2321, 1) == SENT
    [mail] = desk.server.to(address)
    text = mail.message.get_body(("plain",))
    assert text is not None
    assert "FL-2026-002320" in text.get_content()
