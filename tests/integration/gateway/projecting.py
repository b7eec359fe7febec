"""What the tests of the read model share: messages as they come, and lists that are there."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from chassis.clock import FixedClock
from chassis.reading.subscriptions import Received, Record
from chassis.storage.database import Pool
from chassis.storage.transaction import Transactions
from contracts.codes import ListChangeKind
from contracts.envelope import Envelope, Message
from contracts.municipality.v1 import LedgerListState
from contracts.notification.choices import NoticeChoiceState
from gateway.readmodel.projector import project
from tests.browser.stage import ledgers, reports as stage_reports, world
from tests.browser.stage.drafts import Drafts
from tests.browser.stage.world import OSLO
from tests.unit.gateway import samples

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

OFFSETS = itertools.count()

TABLES = (
    "municipality",
    "ledger_year",
    "ledger_list",
    "ledger_entry",
    "ledger_change",
    "notice_choice",
    "distribution_list",
    "person",
    "thread_message",
    "list_change",
    "person_folder",
    "notice",
    "letter",
    "report",
    "person_report",
)


def received(key: str, body: Message | None, sequence: int, kind: str = "") -> Received[Message | None]:
    kind = body.message_type if body else kind
    value = body.model_dump_json().encode() if body else None
    record = Record("topic", 0, next(OFFSETS), 0, key.encode(), (), value)
    return Received(Envelope(f"{key}:{sequence}", "/test", kind, key, NOW, sequence), body, record)


def records(one: world.OneList) -> list[Received[Message | None]]:
    identity = one.state.list_id
    persons = [received(f"{identity}/{each.running_number}", each, one.version) for each in one.persons]
    return [*persons, received(identity, one.state, one.version)]


async def write(pool: Pool, *batch: Received[Message | None]) -> None:
    async with Transactions(pool, "/test", FixedClock(NOW)).begin() as transaction:
        await project(batch, transaction)


def change(one: world.OneList, version: int, kind: ListChangeKind = ListChangeKind.SAVED) -> Received[Message | None]:
    return received(
        f"{one.state.list_id}/changes/{version}", Drafts().change(one, version, kind, households=[1]), version
    )


def folder(list_id: str, number: int) -> Message:
    return samples.folder(number).model_copy(update={"list_id": list_id})


async def fill(pool: Pool, *lists: world.OneList) -> None:
    batch = [received(state.municipality_id, state, 1) for state in world.municipalities()]
    batch += [received(f"{year.municipality_id}/{year.year}", year, 1) for year in ledgers.ledgers()]
    for year in ledgers.ledgers():
        of_year = f"{year.municipality_id}/{year.year}"
        batch += [received(f"{of_year}/entries/{one.number}", one, one.number) for one in ledgers.entries(year)[:5]]
        batch += [received(f"{of_year}/changes/{one.version}", one, one.version) for one in ledgers.changes(year)]
    batch += [received(f"{one.municipality_id}/reports/{one.report_id}", one, 1) for one in stage_reports.reports()]
    for one in lists:
        message = world.say(one, 1, "Holder det med heis?")
        batch.append(received(f"{one.state.list_id}/messages/{message.number}", message, one.version))
        held: LedgerListState = ledgers.ledger_list(one)
        batch += [*records(one), received(f"{OSLO}/{held.year}/{held.list_id}", held, 1)]
        batch += [received(notice.notice_id, notice, 1) for notice in world.notices(one)]
        batch += [change(one, 3)]
        batch += [received(f"{one.state.list_id}/{n}", folder(one.state.list_id, n), 1) for n in (1, 2)]
    chosen = NoticeChoiceState(municipality_id=OSLO, user_id="u-1", contact_id=None, choices=[])
    batch += [
        received(f"{OSLO}/choices/{user}", chosen.model_copy(update={"user_id": user}), 1) for user in ("u-1", "u-2")
    ]
    await write(pool, *batch)


async def counts(pool: Pool) -> dict[str, int]:
    return {table: await pool.fetchval(f"SELECT count(*) FROM readmodel.{table}") for table in TABLES}
