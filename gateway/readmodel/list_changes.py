"""How the history of a list becomes rows: who did what."""

from __future__ import annotations

from typing import Any

from contracts.distribution.history import ListChangeState

UPSERT = """
INSERT INTO readmodel.list_change AS kept (list_id, version, municipality_id, sequence, body)
SELECT list_id, version, municipality_id, sequence, body::jsonb
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::text[])
    AS new (list_id, version, municipality_id, sequence, body)
ON CONFLICT (list_id, version) DO UPDATE SET sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
DELETE = """
DELETE FROM readmodel.list_change USING unnest($1::text[]) AS key
WHERE list_id = split_part(key, '/', 1) AND version = split_part(key, '/', 3)::bigint
"""


def columns(state: ListChangeState) -> tuple[Any, ...]:
    """Give the row's values, without sequence and body."""
    return state.list_id, state.version, state.municipality_id


def key(state: ListChangeState) -> str:
    """Give the record's key."""
    return f"{state.list_id}/changes/{state.version}"
