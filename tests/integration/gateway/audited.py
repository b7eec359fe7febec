"""A database whose audit is sealed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import psycopg

from chassis.storage.database import Pool
from contracts.codes import Role
from gateway.audit.sealer import Sealer
from gateway.folders.looks import Channel, Looks, Part, Purpose, Viewer, Wanted
from ops.audit.findings import Kind, Verdict
from ops.audit.verifying import verify

LIST = "FL-2026-000301"
VIEWER = Viewer("u-1", "Kari Nordmann", Role.SETTLEMENT_WRITER, Channel.PAGE)
WANTED = Wanted("k-0301", LIST, 1, Part.HEALTH, Purpose.OTHER, "Møte med skolen")


@dataclass
class Audited:
    """A database with its sealer, which makes batches of four rows and an anchor of each."""

    pool: Pool
    looks: Looks
    sealer: Sealer
    given: dict[str, str]
    superuser: str

    async def look(self, times: int = 1) -> None:
        """Write down so many looks."""
        for _ in range(times):
            await self.looks.record(VIEWER, WANTED)

    async def verify(self) -> Verdict:
        """Verify the chain, and the anchors that are objects."""
        return await asyncio.to_thread(verify, self.given, None, objects=True)

    def tamper(self, *statements: str) -> None:
        """Do what somebody with all rights to the database can: no trigger holds them."""
        with psycopg.connect(self.superuser) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                connection.execute(statement.encode())

    async def found(self, *statements: str) -> list[tuple[Kind, int | None, int | None]]:
        """Tamper so, and tell what is found: kind, batch, row."""
        self.tamper(*statements)
        verdict = await self.verify()
        return [(one.kind, one.batch, one.row) for one in verdict.findings]
