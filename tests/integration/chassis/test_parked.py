"""What fails waits, with what follows of its subject, until an operator decides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.clock import FixedClock
from chassis.errors import TryAgainError
from chassis.reading import dead_letters
from chassis.reading.subscriptions import Received
from chassis.redriving import again
from chassis.redriving.again import Again
from chassis.redriving.redrive_requests import RedriveResult
from chassis.service import running
from chassis.storage import operators
from chassis.storage.database import create_pool
from chassis.storage.operators import Action
from chassis.storage.transaction import Transaction, Transactions
from tests.integration.chassis.reading import acknowledged, failing, redrive
from tests.integration.chassis.stage import NOON, Counted, Stage, counted, keep, numbers_by_subject, until

HOLD_UP = "INSERT INTO parked_subject VALUES ('reader', $1, $2)"
PARK = """
INSERT INTO dead_letter (reader, subject, topic, partition, record_offset, record_timestamp, headers, error, fields,
                         behind, passing, parked_at)
VALUES ('reader', $1, $1, 0, 0, 0, '[]', 'an error', '[]', false, $2, $3)
"""


async def test_a_poison_record_among_500_parks_its_subject_only_and_a_redrive_goes_on_in_order(stage: Stage) -> None:
    """The other 499 less those behind it are applied; a dry run tells that it would go well and changes nothing."""
    broken = True

    async def handle(received: Received[Counted], transaction: Transaction) -> None:
        await keep(received, transaction)
        if broken and received.envelope.subject == "s-7" and received.body.number == 3:
            raise RuntimeError("a text with a secret")

    await stage.produce([counted(f"s-{n % 50}", n // 50 + 1) for n in range(500)])
    async with running(stage.service(handle), stage.settings()) as state:
        await stage.applied(492)
        await acknowledged(stage, 500)
        found = numbers_by_subject(await stage.effects())
        assert found.pop("s-7") == [1, 2]
        assert all(numbers == list(range(1, 11)) for numbers in found.values())
        parked = await dead_letters.letters(stage.connection)
        assert [(letter.message_id, letter.behind) for letter in parked] == [
            (f"test.counted.v1:s-7:{number}", number > 3) for number in range(3, 11)
        ]
        assert parked[0].error == "RuntimeError"

        first = parked[0].id
        assert await redrive(stage, dry_run=True) == RedriveResult(0, 8, "RuntimeError", first)
        assert await redrive(stage, dry_run=False) == RedriveResult(0, 8, "RuntimeError", first)
        broken = False
        assert await redrive(stage, dry_run=True) == RedriveResult(8, 8, None)
        assert numbers_by_subject(await stage.effects())["s-7"] == [1, 2]
        assert await redrive(stage, dry_run=False) == RedriveResult(8, 0, None)
        await stage.produce([counted("s-7", 11)])
        await stage.applied(501)
        assert numbers_by_subject(await stage.effects())["s-7"] == list(range(1, 12))
        await state.relay.stop()
    failures = await stage.sent(f"{stage.name}.failures.v1")
    assert len(failures) == 8
    assert not any(b"secret" in (record.value or b"") for record in failures)
    done = await operators.history(stage.connection, subject="s-7")
    assert {(one.by, one.reason) for one in done} == {("tester", "a test")}
    told = [(one.action, one.what.id - first, one.error) for one in reversed(done)]
    assert told == [
        (Action.DRY_RUN, 0, None),
        (Action.REDRIVE, 0, None),
        (Action.FAILED, 0, "RuntimeError"),
        (Action.DRY_RUN, 0, None),
        (Action.REDRIVE, 0, None),
        *((Action.REDRIVEN, number, None) for number in range(8)),
    ]
    assert [one.outcome.handled for one in done if one.outcome] == [8, 8, 0, 0]


async def test_a_discarded_record_is_gone_and_those_behind_it_can_be_redriven(stage: Stage) -> None:
    """The reason is kept, the message is not."""
    await stage.produce([counted("s", number) for number in (1, 2, 3)])
    async with running(stage.service(failing(10**6, RuntimeError(), at=2)), stage.settings()):
        await until(lambda: stage.count("dead_letter"))
        await acknowledged(stage, 3)
        first, _ = await dead_letters.letters(stage.connection, f"{stage.name}.{stage.topic}", "s")
        assert await dead_letters.discard(stage.connection, first.id, by="tester", reason="a test")
        assert not await dead_letters.discard(stage.connection, first.id, by="tester", reason="again")
        assert await redrive(stage, subject="s", dry_run=False) == RedriveResult(1, 0, None)
    assert await stage.effects() == [("s", 1), ("s", 3)]
    row = await stage.connection.fetchrow("SELECT done_by, reason FROM dead_letter_action WHERE action = 'discarded'")
    assert row is not None
    assert tuple(row) == ("tester", "a test")


@pytest.mark.heavy
async def test_what_failed_for_what_passes_is_tried_again_by_itself(stage: Stage) -> None:
    """Nobody has to ask: it has its effect, then those behind it; history says who asked, and why."""
    await stage.produce([counted("s", number) for number in (1, 2, 3)])
    async with running(stage.service(failing(10, TryAgainError(), at=2)), stage.settings()):
        assert await stage.applied(3) == [("s", 1), ("s", 2), ("s", 3)]
        await stage.emptied("dead_letter")
        await stage.emptied("parked_subject")
    done = await operators.history(stage.connection, subject="s")
    assert {(one.by, one.reason) for one in done} == {(again.BY, again.REASON)}
    assert [one.action for one in reversed(done)] == [Action.REDRIVE, Action.REDRIVEN, Action.REDRIVEN]


async def test_it_is_asked_for_at_growing_distances(stage: Stage) -> None:
    """After 5 s, then 10 s later, then 20 s later; never what would fail again, nor while a redrive is open."""
    for subject, passing in (("s", True), ("poison", False)):
        await stage.connection.execute(HOLD_UP, subject, NOON)
        await stage.connection.execute(PARK, subject, passing, NOON)
    clock, asked = FixedClock(NOON), []
    async with await create_pool(stage.database_url, name=stage.name) as pool:
        asking = Again(Transactions(pool, "/test", clock))
        for second in range(40):
            await asking.work()
            await asking.work()
            for row in await stage.connection.fetch("SELECT subject FROM redrive_request WHERE finished_at IS NULL"):
                asked.append((second, row["subject"]))
                await stage.connection.execute("UPDATE redrive_request SET finished_at = now()")
                await stage.connection.execute("UPDATE dead_letter SET tries = tries + 1")
            clock.advance(timedelta(seconds=1))
    assert asked == [(5, "s"), (15, "s"), (35, "s")]
