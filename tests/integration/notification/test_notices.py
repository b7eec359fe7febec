"""The same contract over real PostgreSQL, and what only the database can show."""

from __future__ import annotations

import asyncio

import pytest

from chassis.storage.database import Pool
from tests.integration.notification.pg_worlds import PgWorld
from tests.unit.notification.fakes import World
from tests.unit.notification.notices_contract import NoticesContract, received


@pytest.fixture
def world(pool: Pool) -> PgWorld:
    return PgWorld(pool)


class TestInPostgres(NoticesContract):
    @pytest.fixture
    def world(self, world: PgWorld) -> World:
        return world


async def test_users_who_read_at_once_are_all_counted(world: PgWorld) -> None:
    """Each reading has a version of its own, whatever order they name the notices in."""
    contract = NoticesContract()
    for number in (1, 2):
        await contract.post(world, number)
    ids = [received(1), received(2)]
    users = [f"user-{number}" for number in range(8)]
    await asyncio.gather(
        *(contract.read(world, user, *ids[:: 1 if index % 2 else -1]) for index, user in enumerate(users))
    )
    for notice in await contract.notices(world, *ids):
        assert sorted(notice.read_by) == users
        assert notice.version == 1 + len(users)


async def test_a_notice_that_two_processes_post_at_once_is_one(world: PgWorld) -> None:
    """The later one waits, and then finds it there."""
    contract = NoticesContract()
    assert sorted(await asyncio.gather(*(contract.post(world, 1) for _ in range(4)))) == [False, False, False, True]
