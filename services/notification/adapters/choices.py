"""How users want notices to reach them, in PostgreSQL and on notification's topics."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import asyncpg

from chassis.storage.transaction import Transaction
from contracts import codes, topics
from contracts.notification import choices as contract
from services.notification.domain.choices import Choice, Delivery
from services.notification.domain.notices import NoticeKind
from services.notification.use_cases.identities import choice_subject

# Several users' choices count together, so they take turns; a row to lock need not be there yet.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 330))"

HELD = """
SELECT municipality_id, user_id, version, contact_id, deliveries FROM notice_choice
WHERE municipality_id = ANY($1) ORDER BY municipality_id, user_id
"""

SAVE = """
INSERT INTO notice_choice (municipality_id, user_id, version, contact_id, deliveries, chosen_at)
VALUES ($1, $2, $3, $4, $5::jsonb, $6)
ON CONFLICT (municipality_id, user_id) DO UPDATE
SET version = excluded.version, contact_id = excluded.contact_id, deliveries = excluded.deliveries,
    chosen_at = excluded.chosen_at
"""


@dataclass(frozen=True, slots=True)
class PgChoices:
    """They, over one transaction."""

    transaction: Transaction

    async def held(self, municipality_ids: Collection[str]) -> Sequence[Choice]:
        """Read the choices in municipalities, by municipality and user."""
        return [_choice(row) for row in await self.transaction.connection.fetch(HELD, list(municipality_ids))]

    async def lock(self, municipality_id: str) -> Sequence[Choice]:
        """Read them; nobody else changes one in this municipality until the transaction ends."""
        await self.transaction.connection.execute(LOCK, municipality_id)
        return await self.held([municipality_id])

    async def save(self, choice: Choice) -> None:
        """Keep and publish a choice in the place of the user's former one."""
        await self.transaction.connection.execute(
            SAVE,
            choice.municipality_id,
            choice.user_id,
            choice.version,
            choice.contact_id,
            {kind.value: delivery.value for kind, delivery in choice.deliveries.items()},
            self.transaction.now,
        )
        await self.transaction.publish(
            topics.NOTIFICATION_EVENTS.name,
            contract.NoticesChosen(
                municipality_id=choice.municipality_id, user_id=choice.user_id, choices=_choices(choice)
            ),
            key=choice.municipality_id,
            subject=choice_subject(choice.municipality_id, choice.user_id),
            sequence=choice.version,
        )
        await publish_choice(self.transaction, choice)


async def publish_choice(transaction: Transaction, choice: Choice) -> None:
    """Publish a choice as it stands."""
    subject = choice_subject(choice.municipality_id, choice.user_id)
    await transaction.publish(
        topics.NOTIFICATION_STATE.name,
        contract.NoticeChoiceState(
            municipality_id=choice.municipality_id,
            user_id=choice.user_id,
            contact_id=choice.contact_id,
            choices=_choices(choice),
        ),
        key=subject,
        subject=subject,
        sequence=choice.version,
        partition_key=choice.municipality_id,
    )


def _choices(choice: Choice) -> list[contract.KindChoice]:
    return [
        contract.KindChoice(kind=codes.NoticeKind(kind), delivery=codes.NoticeDelivery(delivery))
        for kind, delivery in sorted(choice.deliveries.items())
    ]


def _choice(row: asyncpg.Record) -> Choice:
    deliveries = row["deliveries"]
    kept = (
        json.loads(deliveries) if isinstance(deliveries, str) else deliveries
    )  # a text: as releases before 0341 write it
    return Choice(
        municipality_id=row["municipality_id"],
        user_id=row["user_id"],
        version=row["version"],
        contact_id=row["contact_id"],
        deliveries={NoticeKind(kind): Delivery(delivery) for kind, delivery in kept.items()},
    )
