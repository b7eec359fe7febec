from __future__ import annotations

import asyncpg
import pytest

from chassis.clock import FixedClock
from chassis.storage import orders
from chassis.storage.database import create_pool
from chassis.storage.orders import DONE, Clerk
from chassis.storage.transaction import Transaction, Transactions
from tests.integration.chassis.stage import NOON, Stage


async def test_orders_are_done_in_turn_and_each_has_its_outcome(stage: Stage) -> None:
    """One that fails for good tells so and stops no other; what it wrote is undone; each is kept with who and why."""
    done: list[str] = []

    async def do(target: str, transaction: Transaction) -> str:
        await transaction.connection.execute("INSERT INTO timer_run (name, last_run) VALUES ($1, now())", target)
        if target == "bad":
            raise KeyError("somebody's name")
        done.append(target)
        return DONE

    async with await create_pool(stage.database_url, name="test") as pool:
        clerk = Clerk({"do": do}, Transactions(pool, "/test", FixedClock(NOON)))
        asked = [
            await orders.ask(stage.connection, action, target, by="tester", reason="it has to be")
            for action, target in (("do", "one"), ("do", "bad"), ("other", "two"), ("do", "three"))
        ]
        assert await orders.outcome(stage.connection, asked[0]) is None
        await clerk.work()
    outcomes = [await orders.outcome(stage.connection, order) for order in asked]
    assert outcomes == [DONE, "failed: KeyError", "unknown action", DONE]
    assert done == ["one", "three"]
    assert [row["name"] for row in await stage.connection.fetch("SELECT name FROM timer_run")] == ["one", "three"]
    kept = await stage.connection.fetch("SELECT ordered_by, reason, finished_at FROM operator_order")
    assert {(row["ordered_by"], row["reason"], row["finished_at"]) for row in kept} == {
        ("tester", "it has to be", NOON)
    }


async def test_an_order_that_met_others_at_work_is_done_the_next_time(stage: Stage) -> None:
    """Contention is no outcome: it stays open."""
    tries: list[str] = []

    async def do(target: str, transaction: Transaction) -> str:
        tries.append(target)
        if len(tries) == 1:
            await transaction.connection.execute("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40P01'; END $$")
        return DONE

    async with await create_pool(stage.database_url, name="test") as pool:
        clerk = Clerk({"do": do}, Transactions(pool, "/test", FixedClock(NOON)))
        order = await orders.ask(stage.connection, "do", "one", by="tester", reason="it has to be")
        with pytest.raises(asyncpg.DeadlockDetectedError):
            await clerk.work()
        assert await orders.outcome(stage.connection, order) is None
        await clerk.work()
        assert await orders.outcome(stage.connection, order) == DONE
