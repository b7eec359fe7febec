"""Messages of IMDi's in a chunk, over real PostgreSQL: together they come to what they come to one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from chassis.reading.subscriptions import Record
from chassis.storage.database import create_pool
from contracts import topics
from contracts.envelope import Message
from contracts.imdi import v1
from services.distribution.domain.codes import WithdrawalReason
from services.distribution.use_cases.withdraw import Withdraw, withdraw as withdraw_persons
from tests.integration.distribution.chunked import Chunked, approve_and_send, handle_commands, name
from tests.integration.distribution.pg_world import PgWorld
from tests.unit.distribution.fakes import Published
from tests.unit.distribution.samples import AT, body, offered, record
from tests.unit.distribution.steps import Steps, kinds

REFUSES = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE check_violation; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON distribution_list FOR EACH ROW WHEN (new.list_id = 'FL-2026-000103')
EXECUTE FUNCTION refuse()
"""
CONTRACT = Steps()
WORDS = {"list-received", "rejection"}
LISTS = "SELECT list_id FROM distribution_list ORDER BY list_id"


def new(number: int, *who: int, of: str = "0301", **changes: Any) -> v1.PublishDistributionList:
    """Publish a list with these persons."""
    persons = [offered(position, who=one) for position, one in enumerate(who, 1)]
    return body(name(number), of, persons=persons, **changes)


def about(number: int, of: str = "0301", **more: Any) -> dict[str, Any]:
    return {"list_id": name(number), "municipality_number": of, **more}


def withdraw(number: int, *persons: int, of: str = "0301") -> v1.WithdrawPersons | v1.WithdrawList:
    head = about(number, of, reason="new_information")
    return v1.WithdrawPersons(**head, persons=list(persons)) if persons else v1.WithdrawList(**head)


def correct(number: int, person: int, line: str) -> v1.CorrectAddress:
    address = v1.PostalAddress(lines=[line], postal_code="0001", city="Oslo")
    return v1.CorrectAddress(**about(number), running_number=person, address=address)


def records(messages: Sequence[Any], *, ids: Callable[[int], int] = lambda index: index) -> list[Record]:
    """Put messages on the topic, in their order. ``ids``: from a message's place to its id."""
    return [
        record(one, key=one.municipality_number, subject=one.list_id, offset=index, message_id=f"message-{ids(index)}")
        for index, one in enumerate(messages)
    ]


async def handle(chunked: Chunked, messages: Sequence[Message], **how: Any) -> None:
    await chunked.handle(topics.IMDI_LISTS.name, records(messages), 1000, **how)


def story(chance: Random, number: int) -> list[Message]:
    """Give what IMDi may say of a list, new or known, now and then what it may not; in an order that makes sense."""
    of = "4601" if number < 100 and number % 3 == 0 else "0301"
    persons = chance.sample(range(1, 60), chance.randint(1, 3))
    replaces = name(chance.choice((0, 1, 2, 100, 101, 102))) if chance.random() < 0.3 else None
    published = new(number, *persons, of=chance.choice((of, of, of, of, "9999")), replaces=replaces)
    changed = new(number, *persons, of=of, deadline=date(2026, 12, 24))
    late = AT.date() + timedelta(days=chance.choice((-1, 20)))
    words: list[Message] = [
        published,
        published,
        changed,
        v1.ReplyInThread(**about(number, of), reply_id="r-1", text="De kommer sammen."),
        correct(number, 1, "Ny vei 2"),
        correct(number, 1, "Nyere vei 3"),
        v1.ExtendDeadline(**about(number, of), deadline=late),
        withdraw(number, 1, of=of),
        v1.ReplyInThread(**about(number, of), reply_id="r-2", running_number=1, text="Hun er trukket."),
        v1.ErasePersons(**about(number, of), persons=[1], reason="erasure_request"),
        v1.ConfirmPlacement(**about(number, of), placed=[1]),
        withdraw(number, of=of),
        v1.ErasePersons(**about(number, of), persons=[1], reason="erasure_request", papers="erase", list_words=True),
    ]
    chances = (0.9, 0.2, 0.2, *[0.35] * 10)
    return [word for word, likely in zip(words, chances, strict=True) if chance.random() < likely]


def mixed(chance: Random, stories: Sequence[Sequence[Message]]) -> list[Message]:
    """Mix the stories, each in its own order."""
    rest, found = [list(one) for one in stories], list[Message]()
    while rest := [one for one in rest if one]:
        found.append(chance.choice(rest).pop(0))
    return found


@pytest.fixture
async def chunked(database_url: str) -> AsyncIterator[Chunked]:
    async with await create_pool(database_url, name="test") as pool:
        yield Chunked(pool)


async def published(chunked: Chunked) -> list[Published]:
    return await PgWorld(chunked.pool).published()


async def prepare_some_answered(chunked: Chunked) -> None:
    """Have nine lists; of some a person is declined and the others are placed."""
    await chunked.prepare(9)
    answered = [command for number in (1, 2, 4) for command in approve_and_send(number, 2)]
    await handle_commands(chunked, [(f"command-{index}", one) for index, one in enumerate(answered)], 1000)
    await chunked.pool.execute("TRUNCATE outbox RESTART IDENTITY")


@pytest.mark.parametrize("seed", range(6))
async def test_together_comes_to_the_same_as_one_by_one(chunked: Chunked, seed: int) -> None:
    """Every row of every table, and every record of the outbox in order.

    Lists share persons, replace one another, come again or changed, are spoken of meanwhile; some ids are used twice.
    """
    chance = Random(seed)
    messages = mixed(chance, [story(chance, number) for number in (*range(9), *range(100, 118))])
    again = {index: chance.randrange(index) for index in range(1, len(messages)) if chance.random() < 0.03}
    for at_a_time in (1, 1000):
        await prepare_some_answered(chunked)
        told = records(messages, ids=lambda index: again.get(index, index))
        await chunked.handle(topics.IMDI_LISTS.name, told, at_a_time)
        found = await chunked.all()
        if at_a_time == 1:
            alone, transactions = found, chunked.transactions
    assert found == alone
    assert transactions == len(messages)
    assert chunked.transactions < transactions
    assert not found["dead_letter"]
    assert all(found[table] for table in ("thread_message", "rejected_original"))
    types = " ".join(found["outbox"])
    assert all(kind in types for kind in ("list-received", "persons-withdrawn", "rejection", "address-corrected"))


async def test_what_a_chunk_asks_does_not_grow_with_its_lists(chunked: Chunked) -> None:
    """As many statements for twenty new lists as for two, of as many municipalities."""
    asked = []
    for lists in (2, 2, 20):  # the first time asyncpg asks for types too
        await chunked.prepare()
        news = [new(100 + n, 2 * n, 2 * n + 1, of="4601" if n % 2 else "0301") for n in range(1, lists + 1)]
        await handle(chunked, news)
        asked.append(chunked.statements[:])
        assert len(await chunked.pool.fetch(LISTS)) == lists
    assert len(asked[1]) == len(asked[2])


async def test_a_bad_list_among_many_falls_alone(chunked: Chunked) -> None:
    """It is parked, and what is said of it behind it; all others have their effect, once."""
    await chunked.prepare()
    await chunked.pool.execute(REFUSES)
    messages = [new(100 + n, 2 * n, 2 * n + 1) for n in range(1, 9)]
    try:
        await handle(chunked, [*messages, withdraw(103), withdraw(104)])
    finally:
        await chunked.pool.execute("DROP FUNCTION refuse CASCADE")
    parked = await chunked.pool.fetch("SELECT subject FROM dead_letter ORDER BY id")
    assert [row["subject"] for row in parked] == [name(103)] * 2
    assert [row["list_id"] for row in await chunked.pool.fetch(LISTS)] == [name(100 + n) for n in range(1, 9) if n != 3]
    ids = await chunked.pool.fetch("SELECT headers ->> 'ce_id' AS id FROM outbox")
    assert len({row["id"] for row in ids}) == len(ids)
    assert kinds(await published(chunked)).count("list-received") == 7


async def test_who_was_first_meanwhile_is_seen(chunked: Chunked) -> None:
    """Another transaction takes an id and a person once the chunk has looked: two go back, the others are taken."""
    await chunked.prepare()
    world, rivals = PgWorld(chunked.pool), [new(101, 50), new(200, 4, 51)]

    async def meanwhile() -> None:
        while rivals:
            await CONTRACT.publish(world, rivals.pop(), offset=900 + len(rivals))

    await handle(chunked, [new(100, 1), new(101, 2), new(102, 3, 4), new(103, 5)], looked=meanwhile)
    assert [row["list_id"] for row in await chunked.pool.fetch(LISTS)] == [name(n) for n in (100, 101, 103, 200)]
    assert chunked.transactions == 2
    told = [(one.subject, kind) for one in await published(chunked) if (kind := kinds([one])[0]) in WORDS]
    assert sorted(told) == [
        (name(100), "list-received"), (name(101), "list-received"), (name(101), "rejection"),
        (name(102), "rejection"), (name(103), "list-received"), (name(200), "list-received"),
    ]  # fmt: skip


async def test_what_is_freed_while_a_list_is_waited_for_is_free(chunked: Chunked) -> None:
    """A list does not wait for a withdrawal that was on its way when its chunk looked, and that it has waited for."""
    await chunked.prepare(2)
    world, looked = PgWorld(chunked.pool), asyncio.Event()

    async def tell() -> None:
        looked.set()

    async with world.begin() as ports:
        word = CONTRACT.word(withdraw(1, 1), name(1), "0301", 900)
        await withdraw_persons(Withdraw(word, WithdrawalReason.NEW_INFORMATION, [1]), ports, received_at=AT)
        again = [new(100, 4, replaces=name(1)), new(101, 50)]
        handling = asyncio.create_task(handle(chunked, again, looked=tell))
        await looked.wait()
    await handling
    assert name(100) in [row["list_id"] for row in await chunked.pool.fetch(LISTS)]
    assert not (await chunked.all())["waiting_original"]
