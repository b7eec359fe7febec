"""The same contract over real PostgreSQL, and what only the database can show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from chassis.clock import FixedClock
from chassis.reading.subscriptions import Received
from chassis.storage.database import Pool, create_pool
from chassis.storage.migrate import migrate
from chassis.storage.transaction import Transactions
from contracts.distribution.v1 import PersonFolderState
from contracts.envelope import Envelope
from contracts.topics import DISTRIBUTION_EVENTS, DISTRIBUTION_REJECTIONS, PERSON_FOLDERS
from services.distribution.adapters.list_rows import DUE_FOR_REMINDER, REMINDER_ON
from services.distribution.bootstrap import DistributionSettings, bootstrap, ports
from services.distribution.domain.drafts import Form
from services.distribution.domain.persons import Decision
from services.distribution.domain.reply_clock import next_reminder
from services.distribution.entrypoints.offers import Offers
from services.distribution.use_cases.keep_municipalities import keep_municipalities
from services.distribution.use_cases.outcomes import Accepted, Refused
from tests.integration.desks import until
from tests.integration.distribution.pg_world import PgWorld
from tests.unit.distribution.addresses_contract import AddressesContract
from tests.unit.distribution.drafts_contract import DraftsContract
from tests.unit.distribution.erasure_contract import ErasureContract
from tests.unit.distribution.fakes import REOFFER_WAIT, Published, World
from tests.unit.distribution.repository_contract import ALL_BUT_2, REGISTER, RepositoryContract, kinds
from tests.unit.distribution.samples import AT, GIVEN_NAME, KARI, LIST, NO_HOUSING, OLA, OSLO, body, offered, record


@pytest.fixture(scope="module")
def migrated(new_database: Callable[[], str]) -> str:
    url = new_database()
    migrate(url, "services.distribution.migrations")
    return url


# Emptying the tables takes a tenth of the time of a new database.
EMPTY = """
TRUNCATE distribution_list, person, person_identity, settlement, list_change, thread_message, municipality_number,
         municipality_four_eyes, rejected_original,
         waiting_original, outbox, waiting_arrival, waiting_task, waiting_need;
UPDATE register SET municipalities = NULL;
"""


@pytest.fixture
async def pool(migrated: str) -> AsyncIterator[Pool]:
    pool = await create_pool(migrated, name="test", lock_timeout=5)
    await pool.execute(EMPTY)
    yield pool
    await pool.close()


@pytest.fixture
def world(pool: Pool) -> PgWorld:
    return PgWorld(pool)


class TestInPostgres(ErasureContract, DraftsContract, AddressesContract):
    @pytest.fixture
    def world(self, world: PgWorld) -> World:
        return world


CONTRACT = RepositoryContract()


async def ready(world: PgWorld) -> None:
    await CONTRACT.keep(world, REGISTER, 2)
    await CONTRACT.publish(world, body())
    await world.outgoing()


def in_words(published: Sequence[Published]) -> list[str]:
    return [kind for kind in kinds(published) if kind in {"list-received", "rejection"}]


async def test_a_person_is_on_one_of_lists_that_come_at_once(world: PgWorld) -> None:
    """Eight lists with the same person in as many transactions: one is taken, the others go back; none crashes."""
    await CONTRACT.keep(world, REGISTER, 2)
    lists = [
        body(f"FL-2026-{number:06}", persons=[offered(1, who=1), offered(2, who=50 + number)]) for number in range(8)
    ]
    await asyncio.gather(*(CONTRACT.publish(world, one, offset) for offset, one in enumerate(lists)))
    assert sorted(in_words(await world.published())) == ["list-received", *["rejection"] * 7]
    counts = await world.pool.fetchrow(
        "SELECT (SELECT count(*) FROM distribution_list), (SELECT count(*) FROM person),"
        " (SELECT count(*) FROM person_identity), (SELECT count(*) FROM rejected_original)"
    )
    assert counts is not None
    assert tuple(counts) == (1, 2, 2, 7)


# Gives two inserts time to meet.
SLOW_INSERTS = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END';
CREATE TRIGGER slow BEFORE INSERT ON person_identity FOR EACH ROW EXECUTE FUNCTION slow();
"""


async def test_lists_with_the_same_persons_in_opposite_orders_do_not_deadlock(world: PgWorld) -> None:
    """They wait for each other in the order of the persons' numbers."""
    await CONTRACT.keep(world, REGISTER, 2)
    await world.pool.execute(SLOW_INSERTS)
    forth, back = [offered(n, who=n) for n in range(1, 9)], [offered(n, who=9 - n) for n in range(1, 9)]
    lists = [body(f"FL-2026-{number:06}", persons=forth if number % 2 else back) for number in range(4)]
    try:
        await asyncio.gather(*(CONTRACT.publish(world, one, offset) for offset, one in enumerate(lists)))
    finally:
        await world.pool.execute("DROP FUNCTION slow CASCADE")
    assert sorted(in_words(await world.published())) == ["list-received", *["rejection"] * 3]


async def test_one_list_that_comes_at_once_by_two_partitions_is_one(world: PgWorld) -> None:
    """The same content is taken once; with another content under the id one of the two goes back."""
    await CONTRACT.keep(world, REGISTER, 2)
    await asyncio.gather(*(CONTRACT.publish(world, body(), offset) for offset in range(4)))
    assert in_words(await world.published()) == ["list-received"]
    changed = [body("FL-2026-000200", persons=[offered(1, who=60 + n)]) for n in range(2)]
    await asyncio.gather(*(CONTRACT.publish(world, one, 10 + n) for n, one in enumerate(changed)))
    assert sorted(in_words(await world.published())) == ["list-received", "rejection"]


async def test_two_who_answer_at_once_make_one_answer(world: PgWorld) -> None:
    """The second waits for the first and is told of it."""
    await ready(world)
    await CONTRACT.approve(world, 1, ALL_BUT_2)
    await world.outgoing()
    outcomes = await asyncio.gather(*(CONTRACT.send(world, 3, actor) for actor in (KARI, OLA, KARI, OLA)))
    assert [type(outcome) for outcome in outcomes].count(Accepted) == 1
    assert {outcome.refusal.by for outcome in outcomes if isinstance(outcome, Refused)} <= {  # type: ignore[union-attr]
        KARI.display_name, OLA.display_name,
    }  # fmt: skip
    assert kinds(await world.published()).count("answer") == 1


async def test_the_register_is_whole_though_two_bring_its_halves_at_once(world: PgWorld) -> None:
    """The second waits for the first, sees what both kept, and hands out what waited."""
    await CONTRACT.publish(world, body())
    await CONTRACT.keep(world, [], 2)
    async with world.begin() as first:
        assert await keep_municipalities(REGISTER[:1], None, first.municipalities, first.waiting) == []
        second = asyncio.create_task(CONTRACT.keep(world, REGISTER[1:], None))
        await until(lambda: second_waits(world, second))
    assert len(await second) == 1
    assert await world.pool.fetchval("SELECT count(*) FROM waiting_original") == 0


async def second_waits(world: PgWorld, second: asyncio.Task[Any]) -> bool:
    return second.done() or await world.pool.fetchval(BLOCKED) is not None


BLOCKED = "SELECT true FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_record_that_was_sent_back_stays_so_when_it_is_delivered_again(world: PgWorld) -> None:
    """Though what was wrong with it has passed meanwhile: IMDi has been told. A new record of it is another matter."""
    await ready(world)
    other = body("FL-2026-000200", "4601", persons=[offered(1, who=2)])
    await CONTRACT.publish(world, other, offset=7)
    await CONTRACT.approve(world, 1, ALL_BUT_2)
    await CONTRACT.send(world, 3)
    await world.outgoing()
    offers = Offers(lambda transaction: ports(transaction, synthetic_only=True, reoffer_wait=REOFFER_WAIT))
    for offset, expected in ((7, []), (8, ["list-received"])):
        raw = record(other, key="4601", subject=other.list_id, offset=offset)
        envelope = Envelope("id-1", "/imdi", other.message_type, other.list_id, AT)
        async with world.transactions.begin(envelope) as transaction:
            await offers.on_duplicate(Received(envelope, other, raw), transaction)
        assert in_words(await world.published()) == expected


async def test_a_list_of_500_takes_a_handful_of_statements(world: PgWorld) -> None:
    """So do its draft, which writes the changed persons only, and its answer."""
    await CONTRACT.keep(world, REGISTER, 2)
    persons = [offered(number) for number in range(1, 501)]
    world.statements.clear()
    await CONTRACT.publish(world, body(persons=persons))
    assert len(own(world.statements)) <= 12
    assert len(await world.outgoing()) == 502
    world.statements.clear()
    await CONTRACT.save(world, 1, Form([(7, NO_HOUSING), (8, Decision())]))
    assert len(own(world.statements)) <= 6
    assert len(await world.outgoing()) == 5
    assert await world.pool.fetchval("SELECT count(*) FROM person WHERE xmin::text <> $1", await first_xmin(world)) == 1
    everybody = Form([(number, Decision()) for number in range(1, 501)])
    await CONTRACT.approve(world, 3, everybody)
    await world.outgoing()
    world.statements.clear()
    await CONTRACT.send(world, 4)
    assert len(own(world.statements)) <= 9
    assert len(await world.outgoing()) == 2 + 500 + 1 + 500 + 1 + 1


async def first_xmin(world: PgWorld) -> str:
    found: str = await world.pool.fetchval("SELECT xmin::text FROM person WHERE running_number = 500")
    return found


def own(statements: Sequence[str]) -> list[str]:
    """Leave out what the driver looks up of types once a connection, and savepoints."""
    return [text for text in statements if "typeinfo" not in text and not text.startswith(("SAVEPOINT", "RELEASE"))]


async def test_settlement_dates_are_kept_with_their_history(world: PgWorld) -> None:
    """Every date that was registered, by whom and when; the last one holds."""
    await ready(world)
    await CONTRACT.approve(world, 1, ALL_BUT_2)
    await CONTRACT.send(world, 3)
    await CONTRACT.settle(world, 5, 1)
    rows = await world.pool.fetch("SELECT list_version, settlement_date, registered_by, registered_at FROM settlement")
    assert [tuple(row) for row in rows] == [(6, date(2026, 11, 24), KARI.user_id, AT)]


async def test_the_database_refuses_what_can_never_be(world: PgWorld) -> None:
    """A decline without a reason in an answer, an answered list without its answerer, a third state of a person."""
    await ready(world)
    for statement in (
        "UPDATE person SET status = 'declined', accept = false",
        "UPDATE distribution_list SET status = 'answered'",
        "UPDATE person SET status = 'placed'",
        "UPDATE person SET status = 'settled', placed_on = '2026-11-24', settlement_date = '2026-11-23'",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await world.pool.execute(statement)


async def test_events_hold_no_name_number_or_free_text(world: PgWorld) -> None:
    """Names leave on the folders' topic alone, and only of who was placed; rejections hold no value at all."""
    await CONTRACT.keep(world, REGISTER, 2)
    await CONTRACT.publish(world, body())
    await CONTRACT.save(world, 1, ALL_BUT_2)
    await CONTRACT.approve(world, 3, ALL_BUT_2)
    await CONTRACT.publish(world, body("FL-2026-000200", persons=[offered(1)]), offset=1)
    await CONTRACT.send(world, 4)
    sent = [(one.topic, one.key, one.value or b"") for one in await world.outgoing()]
    assert {(topic, key) for topic, key, value in sent if GIVEN_NAME.encode() in value} == {
        (PERSON_FOLDERS.name, f"{LIST}/1"), (PERSON_FOLDERS.name, f"{LIST}/3"),
    }  # fmt: skip
    plain = b"".join(
        value for topic, _, value in sent if topic in {DISTRIBUTION_EVENTS.name, DISTRIBUTION_REJECTIONS.name}
    )
    identity = body().persons[0].identity
    secrets = ("Ring oss", KARI.display_name, "Apotek", identity.duf_number, str(identity.identity_number))
    assert len(plain) > 1000
    assert not [secret for secret in secrets if secret.encode() in plain]


async def test_the_folder_holds_who_the_person_is(world: PgWorld) -> None:
    """Exactly as IMDi told it."""
    await ready(world)
    await CONTRACT.approve(world, 1, ALL_BUT_2)
    await CONTRACT.send(world, 3)
    [folder, _] = [record for record in await world.outgoing() if "person-folders" in record.topic]
    told = PersonFolderState.model_validate_json(folder.value or b"")
    identity = body().persons[0].identity
    assert told.model_dump(exclude={"list_id", "municipality_id", "running_number", "languages", "placed_on"}) == (
        identity.model_dump(exclude={"protected_address"})
    )
    assert (told.municipality_id, told.languages, told.placed_on) == (OSLO, ["ar", "ku"], date(2026, 11, 24))


async def test_originals_are_pruned_by_a_timer(world: PgWorld, migrated: str) -> None:
    """After as many days as the settings say."""
    await ready(world)
    await CONTRACT.publish(world, body("FL-2026-000200", persons=[offered(1)]), offset=1)
    settings = DistributionSettings(kafka_bootstrap_servers="nowhere:1", database_url=migrated, originals_kept_days=9)
    [timer] = [one for one in bootstrap(settings).timers if one.name == "forget originals"]
    for days, left in ((9, 1), (10, 0)):
        clock = FixedClock(AT + timedelta(days=days))
        async with Transactions(world.pool, "/fordeling/distribution", clock).begin() as transaction:
            await timer.run(transaction)
        assert await world.pool.fetchval("SELECT count(*) FROM rejected_original") == left


async def test_the_database_works_out_the_same_day_as_the_domain(world: PgWorld) -> None:
    """For each deadline near each time of the clock's last word: at midnight in Norway, when summer time begins."""
    await ready(world)
    moments = [AT, datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC),
               datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC), None]  # fmt: skip
    for told_at in moments:
        for days in range(-3, 5):
            deadline = (told_at or AT).date() + timedelta(days=days)
            await world.pool.execute("UPDATE distribution_list SET deadline = $1, told_at = $2", deadline, told_at)
            current = await CONTRACT.the_list(world)
            assert await world.pool.fetchval(f"SELECT {REMINDER_ON} FROM distribution_list") == next_reminder(current)


async def test_a_list_in_hand_is_reminded_of_later_and_nobody_waits(world: PgWorld) -> None:
    """While a command holds it the others are told; afterwards it is."""
    await ready(world)
    await CONTRACT.publish(world, body("FL-2026-000201", persons=[offered(1, who=201)]), offset=2)
    async with world.begin() as ports:
        assert await ports.lists.get(LIST, OSLO) is not None
        assert await CONTRACT.remind(world, 5) == 1
    assert await CONTRACT.remind(world, 5) == 1


async def test_what_is_due_is_found_by_its_index(world: PgWorld) -> None:
    """Ten years of answered lists cost the timer nothing: they are not in it."""
    await ready(world)
    async with world.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        question = DUE_FOR_REMINDER.replace("$1", "current_date").replace("$2", "40").replace("$3", "'{}'")
        plan = await connection.fetch("EXPLAIN " + question)
    assert any("distribution_list_reminder_on" in row[0] for row in plan)


async def test_a_reminders_id_follows_from_list_kind_and_due_date(world: PgWorld) -> None:
    """So it is the same fact after a restore, and another one once IMDi has moved the deadline."""
    await ready(world)
    await CONTRACT.remind(world, 8)
    await CONTRACT.extend(world, AT.date() + timedelta(days=20), days=9)
    await CONTRACT.remind(world, 21)
    ids = [one.envelope.id for one in await world.outgoing() if one.envelope.type == "distribution.list-overdue.v1"]
    assert ids == [f"distribution.list-overdue.v1:{LIST}:{day}" for day in ("2026-12-01", "2026-12-14")]
