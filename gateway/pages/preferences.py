"""Choices a user makes about the pages, kept from one login to the next."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.storage.database import Pool

FIND = "SELECT value FROM gateway.preference WHERE user_id = $1 AND name = $2"
KEEP = """
INSERT INTO gateway.preference (user_id, name, value) VALUES ($1, $2, $3)
ON CONFLICT (user_id, name) DO UPDATE SET value = excluded.value
"""
FORGET = "DELETE FROM gateway.preference WHERE user_id = $1 AND name = $2"


@dataclass(frozen=True, slots=True)
class Preferences:
    """By user and name; a value is a text that the page that keeps it understands."""

    pool: Pool

    async def find(self, user_id: str, name: str) -> str | None:
        """Find a choice; None where none was made."""
        found: str | None = await self.pool.fetchval(FIND, user_id, name)
        return found

    async def keep(self, user_id: str, name: str, value: str) -> None:
        """Keep a choice in the place of the one before."""
        await self.pool.execute(KEEP, user_id, name, value)

    async def forget(self, user_id: str, name: str) -> None:
        """Forget a choice."""
        await self.pool.execute(FORGET, user_id, name)
