"""The same contract over real PostgreSQL, and what only the database can show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import asyncpg
import pytest

from chassis.clock import FixedClock
from chassis.reading.subscriptions import Received
from chassis.storage.transaction import Transactions
from contracts.distribution.v1 import PersonFolderState
from contracts.envelope import Envelope
from contracts.topics import DISTRIBUTION_EVENTS, DISTRIBUTION_REJECTIONS, PERSON_FOLDERS
from services.distribution.bootstrap import DistributionSettings, bootstrap, ports
from services.distribution.domain.drafts import Form
from services.distribution.domain.persons import Decision
from services.distribution.entrypoints.offers import Offers
from tests.integration.distribution.pg_world import STEPS, PgWorld, in_words, ready
from tests.unit.distribution.addresses_contract import AddressesContract
from tests.unit.distribution.drafts_contract import DraftsContract
from tests.unit.distribution.erasure_contract import ErasureContract
from tests.unit.distribution.fakes import REOFFER_WAIT, World
from tests.unit.distribution.samples import AT, GIVEN_NAME, KARI, LIST, NO_HOUSING, OSLO, body, offered, record
from tests.unit.distribution.steps import ALL_BUT_2, REGISTER


class TestInPostgres(ErasureContract, DraftsContract, AddressesContract):
    @pytest.fixture
    def world(self, world: PgWorld) -> World:
        return world


async def test_a_record_that_was_sent_back_stays_so_when_it_is_delivered_again(world: PgWorld) -> None:
    """Though what was wrong with it has passed meanwhile: IMDi has been told. A new record of it is another matter."""
    await ready(world)
    other = body("FL-2026-000200", "4601", persons=[offered(1, who=2)])
    await STEPS.publish(world, other, offset=7)
    await STEPS.approve(world, 1, ALL_BUT_2)
    await STEPS.send(world, 3)
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
    await STEPS.keep(world, REGISTER, 2)
    persons = [offered(number) for number in range(1, 501)]
    world.statements.clear()
    await STEPS.publish(world, body(persons=persons))
    assert len(own(world.statements)) <= 12
    assert len(await world.outgoing()) == 502
    world.statements.clear()
    await STEPS.save(world, 1, Form([(7, NO_HOUSING), (8, Decision())]))
    assert len(own(world.statements)) <= 6
    assert len(await world.outgoing()) == 5
    assert await world.pool.fetchval("SELECT count(*) FROM person WHERE xmin::text <> $1", await first_xmin(world)) == 1
    everybody = Form([(number, Decision()) for number in range(1, 501)])
    await STEPS.approve(world, 3, everybody)
    await world.outgoing()
    world.statements.clear()
    await STEPS.send(world, 4)
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
    await STEPS.approve(world, 1, ALL_BUT_2)
    await STEPS.send(world, 3)
    await STEPS.settle(world, 5, 1)
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
    await STEPS.keep(world, REGISTER, 2)
    await STEPS.publish(world, body())
    await STEPS.save(world, 1, ALL_BUT_2)
    await STEPS.approve(world, 3, ALL_BUT_2)
    await STEPS.publish(world, body("FL-2026-000200", persons=[offered(1)]), offset=1)
    await STEPS.send(world, 4)
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
    await STEPS.approve(world, 1, ALL_BUT_2)
    await STEPS.send(world, 3)
    [folder, _] = [record for record in await world.outgoing() if "person-folders" in record.topic]
    told = PersonFolderState.model_validate_json(folder.value or b"")
    identity = body().persons[0].identity
    assert told.model_dump(exclude={"list_id", "municipality_id", "running_number", "languages", "placed_on"}) == (
        identity.model_dump(exclude={"protected_address"})
    )
    assert (told.municipality_id, told.languages, told.placed_on) == (OSLO, ["ar", "ku"], date(2026, 11, 24))


async def test_originals_are_pruned_by_a_timer(world: PgWorld, database_url: str) -> None:
    """After as many days as the settings say."""
    await ready(world)
    await STEPS.publish(world, body("FL-2026-000200", persons=[offered(1)]), offset=1)
    settings = DistributionSettings(
        kafka_bootstrap_servers="nowhere:1", database_url=database_url, originals_kept_days=9
    )
    [timer] = [one for one in bootstrap(settings).timers if one.name == "forget originals"]
    for days, left in ((9, 1), (10, 0)):
        clock = FixedClock(AT + timedelta(days=days))
        async with Transactions(world.pool, "/fordeling/distribution", clock).begin() as transaction:
            await timer.run(transaction)
        assert await world.pool.fetchval("SELECT count(*) FROM rejected_original") == left
