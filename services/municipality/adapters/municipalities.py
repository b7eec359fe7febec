"""Municipalities in PostgreSQL and on municipality's topics."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chassis.storage.transaction import Transaction
from contracts import topics
from services.municipality.adapters import messages, municipality_rows
from services.municipality.domain.codes import MailFailure
from services.municipality.domain.register import Contact, Municipality, RegisterEvent

KEEP = "UPDATE municipality SET version = $2, four_eyes = $3 WHERE id = $1"

MARKED = """
SELECT id FROM municipality AS m
WHERE id = ANY($1::text[]) AND (successor IS NOT NULL OR EXISTS (
    SELECT FROM municipality_contact AS c WHERE c.municipality_id = m.id AND c.mail_failure IS NOT NULL
))
"""

REMOVE_CONTACTS = "DELETE FROM municipality_contact WHERE municipality_id = $1"

ADD_CONTACT = """
INSERT INTO municipality_contact (municipality_id, position, name, email, roles, mail_failure, mail_failed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


@dataclass(frozen=True, slots=True)
class PgMunicipalities:
    """The register's municipalities, over one transaction."""

    transaction: Transaction

    async def get(self, municipality_id: str) -> Municipality | None:
        """Open a municipality, locked until the transaction ends."""
        connection = self.transaction.connection
        await municipality_rows.lock(connection, [municipality_id])
        return next(iter(await municipality_rows.read(connection, [municipality_id])), None)

    async def marked(self, municipality_ids: Collection[str]) -> Collection[str]:
        """Tell, locking nothing, which of these have a contact marked as not reached, or merge or have merged."""
        return {row["id"] for row in await self.transaction.connection.fetch(MARKED, sorted(set(municipality_ids)))}

    async def save(self, municipality: Municipality, events: Sequence[RegisterEvent]) -> None:
        """Keep its contacts and what it wants, and publish its events, then its state; without events nothing."""
        if not events:
            return
        connection = self.transaction.connection
        await connection.execute(KEEP, municipality.id, municipality.version, municipality.four_eyes)
        await connection.execute(REMOVE_CONTACTS, municipality.id)
        await connection.executemany(
            ADD_CONTACT,
            [
                (municipality.id, position, contact.name, contact.email, list(contact.roles), *_unreached(contact))
                for position, contact in enumerate(municipality.contacts)
            ],
        )
        for event in events:
            await self.transaction.publish(
                topics.MUNICIPALITY_EVENTS.name,
                messages.register_event(event),
                key=event.id,
                subject=event.id,
                sequence=event.version,
            )
        await publish_state(self.transaction, municipality)

    async def bearer(self, number: str, day: date) -> str | None:
        """Tell the id of the municipality that bears ``number`` on ``day``; None where none does."""
        found: str | None = await self.transaction.connection.fetchval(municipality_rows.BEARER, number, day)
        return found

    async def successor(self, number: str, day: date) -> str | None:
        """Tell the number borne on ``day`` by what the last bearer of ``number`` has merged into; None: it has not."""
        found: str | None = await self.transaction.connection.fetchval(municipality_rows.SUCCESSOR, number, day)
        return found


def _unreached(contact: Contact) -> tuple[MailFailure | None, datetime | None]:
    return (None, None) if contact.unreached is None else (contact.unreached.failure, contact.unreached.since)


async def publish_state(transaction: Transaction, municipality: Municipality) -> None:
    """Publish a municipality as it stands."""
    await transaction.publish(
        topics.MUNICIPALITY_STATE.name,
        messages.municipality_state(municipality),
        key=municipality.id,
        subject=municipality.id,
        sequence=municipality.version,
        partition_key=municipality.id,
    )
