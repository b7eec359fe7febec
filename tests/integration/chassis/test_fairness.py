"""One key that sends much does not make the others wait behind it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chassis.broker.kafka import partition_of
from chassis.reading.subscriptions import Received
from chassis.service import running
from chassis.storage.transaction import Transaction
from tests.integration.chassis.stage import Counted, Stage, counted, keep, until

PARTITIONS = 6
LOUD, MANY = "loud", 400
ELSEWHERE = [partition for partition in range(PARTITIONS) if partition != partition_of(LOUD, PARTITIONS)]
QUIET = [key for number in range(40) if partition_of(key := f"z-{number}", PARTITIONS) in ELSEWHERE]


@pytest.mark.heavy
async def test_a_partition_with_a_long_backlog_does_not_hold_up_the_others(stage: Stage) -> None:
    """Of 400 slow records of one key no more than a batch or two is handled before what others send meanwhile."""

    async def slowly(received: Received[Counted], transaction: Transaction) -> None:
        await keep(received, transaction)
        await asyncio.sleep(0.01)

    await stage.make_topic(topic := f"{stage.topic}-wide", PARTITIONS)
    wide = Stage(stage.bootstrap, stage.database_url, topic, stage.connection, stage.name)
    await wide.produce([counted(LOUD, number) for number in range(1, MANY + 1)])
    service: Any = wide.service(handler=slowly)
    async with running(service, wide.settings()):
        await wide.applied(50)
        await wide.produce([counted(key, 1) for key in QUIET])
        before = len(await wide.effects())

        async def all_quiet() -> bool:
            return {key for key, _ in await wide.effects()} >= set(QUIET)

        await until(all_quiet)
        meanwhile = [key for key, _ in await wide.effects()]
        last = max(meanwhile.index(key) for key in QUIET)
        assert meanwhile[before:last].count(LOUD) < 120
        await wide.applied(MANY + len(QUIET))
    assert [number for key, number in await wide.effects() if key == LOUD] == list(range(1, MANY + 1))
