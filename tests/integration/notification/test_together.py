"""A chunk of facts about lists: told together, with the very effects that one after the other has."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from chassis.clock import FixedClock
from chassis.reading.consumer import Reader
from chassis.reading.subscriptions import Record
from chassis.settings import Settings
from chassis.storage.database import Pool
from chassis.storage.transaction import Transactions
from contracts import codes, topics
from contracts.distribution import threads_v1 as threads, v1 as distribution
from contracts.envelope import Envelope, encode_headers
from services.notification.adapters.notices import PgNotices
from services.notification.adapters.units import unit_of
from services.notification.domain.choices import Delivery
from services.notification.domain.mail import Language, Municipality
from services.notification.domain.notices import NoticeKind
from services.notification.entrypoints.list_facts import KINDS
from services.notification.entrypoints.subscribers import Subscribers
from services.notification.use_cases.announce import keep_municipality
from services.notification.use_cases.choose_notices import ChooseNotices, choose_notices
from services.notification.use_cases.identities import contact_id
from tests.integration.notification.conftest import EMPTY
from tests.unit.notification.notices_contract import AT

TOLD = """
SELECT topic, key, partition_key, subject, headers - 'ce_time' AS headers, convert_from(value, 'utf8') AS value
FROM outbox ORDER BY subject, id
"""
KEPT = {
    "notice": "SELECT * FROM notice ORDER BY notice_id",
    "reading": "SELECT * FROM notice_reading ORDER BY notice_id",
    "announcement": "SELECT * FROM announcement ORDER BY notice_id",
    "mail": "SELECT * FROM mail ORDER BY mail_id",
    "digest": "SELECT * FROM digest_item ORDER BY notice_id, receiver",
    "watch": "SELECT * FROM watch ORDER BY list_id, item",
    "waiting": "SELECT task_id, kind, payload FROM waiting_task ORDER BY task_id",
    "need": "SELECT * FROM waiting_need ORDER BY task_id, entity",
    "inbox": "SELECT subject, last_sequence FROM inbox_sequence ORDER BY subject",
    "parked": "SELECT subject FROM parked_subject ORDER BY subject",
}
BORDER, OLD, NEW, EMPTY_TOWN, STRANGE = "k-4640", "k-1534", "k-1508", "k-0301", "k-5001"
TOWNS = (
    Municipality(BORDER, "Grense", Language.BOKMAAL, ("anne@x.example", "per@x.example"), ("sjef@x.example",)),
    Municipality(OLD, "Gamle", Language.BOKMAAL, (), successor=NEW, merged_on=date(2026, 1, 1)),
    Municipality(NEW, "Nye", Language.NYNORSK, ("ola@x.example",), four_eyes=True),
    Municipality(EMPTY_TOWN, "Tomme", Language.BOKMAAL, ()),
)
PEOPLE = [distribution.PersonPlace(running_number=n, place_kind=codes.PlaceKind.ORDINARY) for n in (1, 2)]
BAD = "FL-2026-000666"
CAUSES = {kind.value: fact for fact, kind in KINDS.items()}


class Desk:
    """The reader of distribution's events over a database; nothing else of the service runs."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.woken, self._offset = pool, 0, 0
        self._transactions = Transactions(pool, "/fordeling/notification", FixedClock(AT))

    def wake(self) -> None:
        self.woken += 1

    async def begin(self) -> None:
        """Start anew, with the towns and one who wants a daily digest."""
        self.woken = self._offset = 0
        await self.pool.execute(EMPTY)
        async with self._transactions.begin() as transaction:
            unit = unit_of(transaction)
            for town in TOWNS:
                await keep_municipality(town, 1, unit)
            daily = dict.fromkeys(NoticeKind, Delivery.DAILY)
            mine = ChooseNotices(BORDER, "u-1", "role", True, contact_id("per@x.example"), daily)
            await choose_notices(mine, unit)
        await self.pool.execute("DELETE FROM outbox")

    async def handle(self, records: Sequence[Record]) -> None:
        subscribers = Subscribers(notices=PgNotices, unit=unit_of, wake=self.wake)
        settings = Settings(kafka_bootstrap_servers="none:1", database_url="postgresql://none")
        [subscription] = [one for one in subscribers.subscriptions() if one.topic == topics.DISTRIBUTION_EVENTS.name]
        reader = Reader("notification", subscription, self._transactions, settings, asyncio.Event())
        await reader.handle(records)

    async def all(self) -> dict[str, list[dict[str, Any]]]:
        """Take what is kept and told."""
        found = {name: await self.pool.fetch(query) for name, query in {"told": TOLD, **KEPT}.items()}
        return {name: [dict(row) for row in rows] for name, rows in found.items()}


@pytest.fixture
async def desk(pool: Pool) -> Desk:
    desk = Desk(pool)
    await desk.begin()
    return desk


def record(place: int, event: distribution.ListEvent, version: int, message_id: str | None = None) -> Record:
    envelope = Envelope(
        id=message_id or f"{event.message_type}:{event.list_id}:{version}",
        source="/fordeling/distribution",
        type=event.message_type,
        subject=event.list_id,
        time=AT - timedelta(minutes=10) + timedelta(seconds=place),
        sequence=version,
        correlation_id=f"story-of-{event.list_id}",
    )
    value = event.model_dump_json(by_alias=True).encode()
    key = event.municipality_id.encode()
    return Record(topics.DISTRIBUTION_EVENTS.name, 0, place, 0, key, tuple(encode_headers(envelope)), value)


def story(number: int, town: str) -> list[tuple[distribution.ListEvent, int]]:
    """Tell of a list from its beginning, each fact with the list's version."""
    head: dict[str, Any] = {"list_id": f"FL-2026-{number:06}", "municipality_id": town, "year": 2026}
    why = codes.WithdrawalReason.OTHER
    facts: list[distribution.ListEvent] = [
        distribution.ListReceived(**head, deadline=date(2026, 12, 1), persons=PEOPLE),
        distribution.DeadlineNear(**head, deadline=date(2026, 12, 1), persons=2),
        distribution.DeadlineExtended(**head, deadline=date(2026, 12, 9), before=date(2026, 12, 1), persons=2),
        distribution.ListOverdue(**head, deadline=date(2026, 12, 9), persons=2),
        threads.ImdiWrote(**head, number=1, persons=2, deadline=date(2026, 12, 9)),
        distribution.ListApproved(**head, accepted=2, declined=0, approved_by="u-1"),
        distribution.ListAnswered(**head, accepted=PEOPLE, declined=[], answered_on=date(2026, 11, 24), late=False),
        distribution.PersonsPlaced(**head, persons=PEOPLE, placed_on=date(2026, 11, 24)),
        distribution.SettlementPlanned(
            **head, running_numbers=[1, 2], week=distribution.Week(year=2026, week=50) if number % 2 else None
        ),
        distribution.PersonsPlaced(**head, persons=PEOPLE[:1], placed_on=date(2026, 11, 25)),
        distribution.PersonsWithdrawn(**head, persons=PEOPLE[:1], reason=why),
        distribution.ListReceived(**head, deadline=date(2027, 1, 1), persons=PEOPLE[:1]),  # as nobody should
    ]
    return [(fact, version) for version, fact in enumerate(facts, 1)]


def chunk() -> list[Record]:
    """Mix the stories of some lists; some facts come twice."""
    towns = (BORDER, OLD, NEW, EMPTY_TOWN, STRANGE, BORDER, BORDER)
    stories = [story(number, town) for number, town in enumerate(towns, 1)]
    mixed = [fact for step in zip(*stories, strict=True) for fact in step]
    twice = [fact for place, fact in enumerate(mixed) for _ in range(2 if place % 5 == 0 else 1)]
    return [record(place, fact, version) for place, (fact, version) in enumerate(twice)]


async def test_a_chunk_has_the_effects_of_one_fact_after_the_other(desk: Desk) -> None:
    """Rows and messages are the same, causes included, whatever came twice; mails are announced to the postman."""
    for one in chunk():
        await desk.handle([one])
    alone = await desk.all()
    await desk.begin()
    await desk.handle(chunk())
    together = await desk.all()
    assert together == alone
    assert desk.woken == 1
    assert {row["kind"] for row in together["notice"]} >= {"list_received", "colleague_approved", "list_answered"}
    assert all(together[name] for name in ("reading", "announcement", "mail", "digest", "watch", "waiting", "need"))
    answered = [row["deadline"] for row in together["announcement"] if row["answered_on"]]
    assert set(answered) == {date(2026, 12, 9)}, "as it was last announced, in the same chunk"
    assert not together["parked"]
    kinds = {row["notice_id"]: (row["list_id"], row["kind"]) for row in together["notice"]}
    for row in together["told"]:
        list_id, kind = kinds[row["subject"]]
        assert row["headers"]["ce_correlationid"] == f"story-of-{list_id}"
        assert row["headers"]["ce_causationid"].split(":")[:2] == [CAUSES[kind].message_type, list_id]


async def test_one_that_cannot_be_takes_none_of_its_chunk_with_it(desk: Desk) -> None:
    """It is parked, with what comes behind it about its list; the others are told as if it were not there."""
    records = chunk()
    await desk.handle(records)
    without = await desk.all()
    await desk.begin()
    bad = [record(1000 + place, fact, version) for place, (fact, version) in enumerate(story(666, BORDER)[:2])]
    await desk.pool.execute(f"ALTER TABLE notice ADD CONSTRAINT bad CHECK (list_id <> '{BAD}')")
    try:
        await desk.handle([*records[:20], bad[0], *records[20:40], bad[1], *records[40:]])
    finally:
        await desk.pool.execute("ALTER TABLE notice DROP CONSTRAINT bad")
    found = await desk.all()
    assert [row["subject"] for row in found["parked"]] == [BAD]
    for name in ("notice", "announcement", "mail", "digest", "watch", "waiting", "reading"):
        assert found[name] == without[name], name
    own = [row for row in found["told"] if row["topic"].startswith("notification.") and "failures" not in row["topic"]]
    assert own == without["told"]


async def test_what_each_municipality_of_several_is_written_to_as(desk: Desk) -> None:
    """Read at once, each has its own people, or its own successor's; one that is not here has none."""
    async with Transactions(desk.pool, "/x", FixedClock(AT)).begin() as transaction:
        announcements = unit_of(transaction).announcements
        asked = [*(town.municipality_id for town in TOWNS), STRANGE]
        found = await announcements.municipalities(asked)
        assert found == {one: await announcements.municipality(one) for one in asked[:-1]}
    assert {one: town.reached for one, town in found.items()} == {
        BORDER: BORDER, OLD: NEW, NEW: NEW, EMPTY_TOWN: EMPTY_TOWN,
    }  # fmt: skip
    assert found[OLD].writers == ("ola@x.example",)


async def test_two_that_tell_the_same_at_once_tell_it_once(desk: Desk) -> None:
    """In whatever order they have it: the later one waits, and finds what is there."""
    first = [record(number, *story(number, BORDER)[0]) for number in range(1, 30)]

    async def tell(records: Sequence[Record], lists: str) -> None:
        renamed = [_under(one, lists) for one in records]
        await desk.handle(renamed)

    await asyncio.gather(tell(first, "a"), tell(first[::-1], "b"))
    assert await desk.pool.fetchval("SELECT count(*) FROM notice") == len(first)
    assert await desk.pool.fetchval("SELECT count(*) FROM outbox") == 2 * len(first)


def _under(one: Record, source: str) -> Record:
    """Have it come under another subject, so that no inbox knows the two as one."""
    headers = [
        (name, value + source.encode() if name in {"ce_subject", "ce_id"} else value) for name, value in one.headers
    ]
    return Record(one.topic, one.partition, one.offset, one.timestamp, one.key, tuple(headers), one.value)
