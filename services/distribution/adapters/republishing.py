"""Telling lists, their persons and person folders again as they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from chassis.republishing.republish import Selection
from chassis.storage.database import Connection
from chassis.storage.transaction import Transaction
from contracts.distribution.history import ListChangeState
from contracts.distribution.threads_v1 import ThreadMessageState
from contracts.distribution.v1 import ListState, PersonFolderState, PersonState
from contracts.topics import DISTRIBUTION_STATE, PERSON_FOLDERS
from services.distribution.adapters.lists import PgLists

# $1: list ids or NULL; $2: municipality or NULL; $3: changed from then on, or NULL.
IDS = """
SELECT list_id FROM distribution_list
WHERE ($1::text[] IS NULL OR list_id = ANY($1))
  AND ($2::text IS NULL OR municipality_id = $2)
  AND ($3::timestamptz IS NULL OR greatest(received_at, changed_at, withdrawn_at, offered_again_at, told_at) >= $3
       OR EXISTS (SELECT FROM person AS p WHERE p.list_id = distribution_list.list_id AND p.withdrawn_at >= $3)
       OR EXISTS (SELECT FROM thread_message AS m WHERE m.list_id = distribution_list.list_id AND m.written_at >= $3))
  AND list_id > $4
ORDER BY list_id LIMIT $5
"""

PRESENT_LISTS = "SELECT list_id AS key FROM distribution_list WHERE list_id = ANY($1)"

PRESENT_PERSONS = """
SELECT list_id || '/' || running_number AS key FROM person
WHERE list_id = ANY($2) AND list_id || '/' || running_number = ANY($1)
"""

# A folder is open from the placement on, until a withdrawal or an erasure.
PRESENT_FOLDERS = """
SELECT list_id || '/' || running_number AS key FROM person
WHERE status IN ('placed', 'settled') AND erased_at IS NULL AND list_id = ANY($2)
  AND list_id || '/' || running_number = ANY($1)
"""

PRESENT_MESSAGES = """
SELECT list_id || '/messages/' || number AS key FROM thread_message
WHERE list_id = ANY($2) AND list_id || '/messages/' || number = ANY($1)
"""

PRESENT_CHANGES = """
SELECT list_id || '/changes/' || version AS key FROM list_change
WHERE list_id = ANY($2) AND list_id || '/changes/' || version = ANY($1)
"""

PRESENT = {
    PersonState.message_type: PRESENT_PERSONS,
    PersonFolderState.message_type: PRESENT_FOLDERS,
    ThreadMessageState.message_type: PRESENT_MESSAGES,
    ListChangeState.message_type: PRESENT_CHANGES,
}
"""Of what lies within a list."""


@dataclass(frozen=True, slots=True)
class ListStates:
    """Lists with all that is told of them."""

    name: str = "lists"

    @property
    def records(self) -> Mapping[str, Collection[str]]:
        """Tell the records that tell of it."""
        return {
            DISTRIBUTION_STATE.name: (
                ListState.message_type,
                PersonState.message_type,
                ThreadMessageState.message_type,
                ListChangeState.message_type,
            ),
            PERSON_FOLDERS.name: (PersonFolderState.message_type,),
        }

    async def ids(self, connection: Connection, selection: Selection, after: str, most: int) -> list[str]:
        """Give the next list ids; the key of a person, a message or a change means its list."""
        keys = None if selection.keys is None else [_list_id(key) for key in selection.keys]
        rows = await connection.fetch(IDS, keys, selection.scope, selection.since, after, most)
        return [row["list_id"] for row in rows]

    async def tell(self, transaction: Transaction, identity: str) -> None:
        """Publish the list's open folders, its threads and history, its persons and the list itself."""
        await PgLists(transaction).tell_again(identity)

    async def present(self, connection: Connection, message_type: str, keys: Sequence[str]) -> set[str]:
        """Tell which lists, persons, open folders, messages or changes there are."""
        if message_type == ListState.message_type:
            rows = await connection.fetch(PRESENT_LISTS, list(keys))
        else:
            rows = await connection.fetch(PRESENT[message_type], list(keys), [_list_id(key) for key in keys])
        return {row["key"] for row in rows}


def _list_id(key: str) -> str:
    return key.split("/", maxsplit=1)[0]
