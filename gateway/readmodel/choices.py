"""How users want notices to reach them, and which contacts of their municipality they may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.codes import ContactRole
from contracts.municipality.v1 import ContactState, MunicipalityState
from contracts.notification.choices import NoticeChoiceState
from contracts.notification.contacts import contact_reference, out_of_reach
from gateway.readmodel.mailed import NotMailed, not_mailed, writers_of
from gateway.readmodel.reader import Reader
from gateway.readmodel.table import Row, Table

UPSERT = """
INSERT INTO readmodel.notice_choice AS kept (municipality_id, user_id, sequence, body)
SELECT municipality_id, user_id, sequence, body::jsonb
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) AS new (municipality_id, user_id, sequence, body)
ON CONFLICT (municipality_id, user_id) DO UPDATE SET sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
DELETE = """
DELETE FROM readmodel.notice_choice USING unnest($1::text[]) AS key
WHERE municipality_id = split_part(key, '/', 1) AND user_id = split_part(key, '/', 3)
"""

CHOICES = """
SELECT (SELECT body FROM readmodel.municipality WHERE municipality_id = $1) AS municipality,
       (SELECT coalesce(jsonb_agg(body ORDER BY user_id), '[]') FROM readmodel.notice_choice
        WHERE municipality_id = $1) AS choices
"""


def _columns(state: NoticeChoiceState) -> Row:
    return state.municipality_id, state.user_id


CHOICE_TABLE = Table(UPSERT, DELETE, _columns, lambda state: f"{state.municipality_id}/choices/{state.user_id}")


@dataclass(frozen=True, slots=True)
class Choices:
    """What a user has chosen, and what there is to choose.

    own: None where nothing is chosen. writers: the contacts that notices are mailed to, each mailbox once.
    taken: contact ids that colleagues have said are theirs. escalates: whether overdue lists go to other contacts.
    not_mailed: why nobody in the municipality is mailed.
    """

    own: NoticeChoiceState | None
    writers: Sequence[ContactState]
    taken: frozenset[str]
    escalates: bool
    not_mailed: NotMailed | None = None

    @property
    def free(self) -> Sequence[tuple[str, ContactState]]:
        """Contacts that the user may be, with their ids."""
        found = [(contact_reference(one.email), one) for one in self.writers]
        return [(identity, one) for identity, one in found if identity not in self.taken]


async def find_choices(reader: Reader, municipality_id: str, user_id: str) -> Choices:
    """Find what a user has chosen in a municipality."""
    row = await reader.row(municipality_id, CHOICES, municipality_id)
    assert row is not None
    states = [NoticeChoiceState.model_validate(body) for body in row["choices"]]
    contacts = MunicipalityState.model_validate(row["municipality"]).contacts if row["municipality"] else []
    return Choices(
        own=next((one for one in states if one.user_id == user_id), None),
        writers=writers_of(contacts),
        taken=frozenset(one.contact_id for one in states if one.contact_id and one.user_id != user_id),
        escalates=any(ContactRole.ESCALATION in one.roles for one in contacts if not out_of_reach(one.mail_failure)),
        not_mailed=not_mailed(contacts),
    )
