"""How each state message becomes a row: one named statement a table, one row maker a message.

A statement takes a batch as arrays and keeps a row's newest sequence, so order and repeats do not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.distribution.history import ListChangeState
from contracts.distribution.threads_v1 import ThreadMessageState
from contracts.distribution.v1 import ListState, PersonFolderState, PersonState
from contracts.envelope import Message
from contracts.letters.v1 import LetterState
from contracts.municipality.v1 import (
    LedgerChangeState,
    LedgerEntryState,
    LedgerListState,
    LedgerYearState,
    MunicipalityState,
)
from contracts.notification.choices import NoticeChoiceState
from contracts.notification.v1 import NoticeState
from gateway.readmodel import list_changes
from gateway.readmodel.choices import CHOICE_TABLE
from gateway.readmodel.report_tables import REPORT_TABLES
from gateway.readmodel.table import SCHEMA, Row, Table

__all__ = ["SCHEMA", "TABLES", "Table", "arrays"]

MUNICIPALITY_UPSERT = """
INSERT INTO readmodel.municipality AS kept
    (municipality_id, organisation_number, name, successor, merged_on, sequence, body)
SELECT id, organisation_number, name, successor, merged_on, sequence, body::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[], $6::bigint[], $7::text[])
    AS new (id, organisation_number, name, successor, merged_on, sequence, body)
ON CONFLICT (municipality_id) DO UPDATE
SET organisation_number = excluded.organisation_number, name = excluded.name,
    successor = excluded.successor, merged_on = excluded.merged_on, sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
MUNICIPALITY_DELETE = "DELETE FROM readmodel.municipality WHERE municipality_id = ANY($1)"

LEDGER_YEAR_UPSERT = """
INSERT INTO readmodel.ledger_year AS kept (municipality_id, year, sequence, body)
SELECT municipality_id, year, sequence, body::jsonb
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::text[]) AS new (municipality_id, year, sequence, body)
ON CONFLICT (municipality_id, year) DO UPDATE SET sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
LEDGER_YEAR_DELETE = """
DELETE FROM readmodel.ledger_year USING unnest($1::text[]) AS key
WHERE municipality_id = split_part(key, '/', 1) AND year = split_part(key, '/', 2)::integer
"""

LEDGER_LIST_UPSERT = """
INSERT INTO readmodel.ledger_list AS kept (list_id, year, municipality_id, list_version, sequence, body)
SELECT list_id, year, municipality_id, list_version, sequence, body::jsonb
FROM unnest($1::text[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[], $6::text[])
    AS new (list_id, year, municipality_id, list_version, sequence, body)
ON CONFLICT (list_id, year) DO UPDATE
SET list_version = excluded.list_version, sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
LEDGER_LIST_DELETE = """
DELETE FROM readmodel.ledger_list USING unnest($1::text[]) AS key
WHERE year = split_part(key, '/', 2)::integer AND list_id = split_part(key, '/', 3)
"""

LEDGER_ENTRY_UPSERT = """
INSERT INTO readmodel.ledger_entry AS kept
    (municipality_id, year, number, at, place_kind, agreed, requested, placed, settled, sequence, body)
SELECT municipality_id, year, number, at, place_kind, agreed, requested, placed, settled, sequence, body::jsonb
FROM unnest($1::text[], $2::integer[], $3::integer[], $4::timestamptz[], $5::text[], $6::integer[], $7::integer[],
            $8::integer[], $9::integer[], $10::bigint[], $11::text[])
    AS new (municipality_id, year, number, at, place_kind, agreed, requested, placed, settled, sequence, body)
ON CONFLICT (municipality_id, year, number) DO UPDATE
SET at = excluded.at, place_kind = excluded.place_kind, agreed = excluded.agreed, requested = excluded.requested,
    placed = excluded.placed, settled = excluded.settled, sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
LEDGER_ENTRY_DELETE = """
DELETE FROM readmodel.ledger_entry USING unnest($1::text[]) AS key
WHERE municipality_id = split_part(key, '/', 1) AND year = split_part(key, '/', 2)::integer
  AND number = split_part(key, '/', 4)::integer
"""

LEDGER_CHANGE_UPSERT = """
INSERT INTO readmodel.ledger_change AS kept (municipality_id, year, version, sequence, body)
SELECT municipality_id, year, version, sequence, body::jsonb
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::text[])
    AS new (municipality_id, year, version, sequence, body)
ON CONFLICT (municipality_id, year, version) DO UPDATE SET sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
LEDGER_CHANGE_DELETE = """
DELETE FROM readmodel.ledger_change USING unnest($1::text[]) AS key
WHERE municipality_id = split_part(key, '/', 1) AND year = split_part(key, '/', 2)::integer
  AND version = split_part(key, '/', 4)::bigint
"""

LIST_UPSERT = """
INSERT INTO readmodel.distribution_list AS kept
    (list_id, municipality_id, status, year, received_at, deadline, sequence, body)
SELECT list_id, municipality_id, status, year, received_at, deadline, sequence, body::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[], $6::date[], $7::bigint[], $8::text[])
    AS new (list_id, municipality_id, status, year, received_at, deadline, sequence, body)
ON CONFLICT (list_id) DO UPDATE
SET status = excluded.status, year = excluded.year, received_at = excluded.received_at,
    deadline = excluded.deadline, sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
LIST_DELETE = "DELETE FROM readmodel.distribution_list WHERE list_id = ANY($1)"

PERSON_UPSERT = """
INSERT INTO readmodel.person AS kept (list_id, running_number, municipality_id, status, sequence, body)
SELECT list_id, running_number, municipality_id, status, sequence, body::jsonb
FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::bigint[], $6::text[])
    AS new (list_id, running_number, municipality_id, status, sequence, body)
ON CONFLICT (list_id, running_number) DO UPDATE
SET status = excluded.status, sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
PERSON_DELETE = """
DELETE FROM readmodel.person USING unnest($1::text[]) AS key
WHERE list_id = split_part(key, '/', 1) AND running_number = split_part(key, '/', 2)::integer
"""

THREAD_MESSAGE_UPSERT = """
INSERT INTO readmodel.thread_message AS kept (list_id, number, municipality_id, sequence, body)
SELECT list_id, number, municipality_id, sequence, body::jsonb
FROM unnest($1::text[], $2::integer[], $3::text[], $4::bigint[], $5::text[])
    AS new (list_id, number, municipality_id, sequence, body)
ON CONFLICT (list_id, number) DO UPDATE SET sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
THREAD_MESSAGE_DELETE = """
DELETE FROM readmodel.thread_message USING unnest($1::text[]) AS key
WHERE list_id = split_part(key, '/', 1) AND number = split_part(key, '/', 3)::integer
"""

PERSON_FOLDER_UPSERT = """
INSERT INTO readmodel.person_folder AS kept (list_id, running_number, municipality_id, duf_number, sequence, body)
SELECT list_id, running_number, municipality_id, duf_number, sequence, body::jsonb
FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::bigint[], $6::text[])
    AS new (list_id, running_number, municipality_id, duf_number, sequence, body)
ON CONFLICT (list_id, running_number) DO UPDATE
SET duf_number = excluded.duf_number, sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
PERSON_FOLDER_DELETE = """
DELETE FROM readmodel.person_folder USING unnest($1::text[]) AS key
WHERE list_id = split_part(key, '/', 1) AND running_number = split_part(key, '/', 2)::integer
"""

NOTICE_UPSERT = """
INSERT INTO readmodel.notice AS kept (notice_id, municipality_id, posted_at, sequence, body)
SELECT notice_id, municipality_id, posted_at, sequence, body::jsonb
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::text[])
    AS new (notice_id, municipality_id, posted_at, sequence, body)
ON CONFLICT (notice_id) DO UPDATE SET sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
NOTICE_DELETE = "DELETE FROM readmodel.notice WHERE notice_id = ANY($1)"

LETTER_UPSERT = """
INSERT INTO readmodel.letter AS kept (letter_id, municipality_id, list_id, sequence, body)
SELECT letter_id, municipality_id, list_id, sequence, body::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])
    AS new (letter_id, municipality_id, list_id, sequence, body)
ON CONFLICT (letter_id) DO UPDATE SET sequence = excluded.sequence, body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
LETTER_DELETE = "DELETE FROM readmodel.letter WHERE letter_id = ANY($1)"


def _municipality(state: MunicipalityState) -> Row:
    return state.municipality_id, state.organisation_number, state.name, state.successor, state.merged_on


def _ledger_year(state: LedgerYearState) -> Row:
    return state.municipality_id, state.year


def _ledger_list(state: LedgerListState) -> Row:
    return state.list_id, state.year, state.municipality_id, state.list_version


def _ledger_entry(state: LedgerEntryState) -> Row:
    sums = (state.agreed, state.requested, state.placed, state.settled)
    return state.municipality_id, state.year, state.number, state.at, state.place_kind.value, *sums


def _ledger_change(state: LedgerChangeState) -> Row:
    return state.municipality_id, state.year, state.version


def _list(state: ListState) -> Row:
    return state.list_id, state.municipality_id, state.status.value, state.year, state.received_at, state.deadline


def _person(state: PersonState) -> Row:
    return state.list_id, state.running_number, state.municipality_id, state.status.value


def _thread_message(state: ThreadMessageState) -> Row:
    return state.list_id, state.number, state.municipality_id


def _person_folder(state: PersonFolderState) -> Row:
    return state.list_id, state.running_number, state.municipality_id, state.duf_number


def _notice(state: NoticeState) -> Row:
    return state.notice_id, state.municipality_id, state.posted_at


def _letter(state: LetterState) -> Row:
    return state.letter_id, state.municipality_id, state.list_id


TABLES: Mapping[type[Message], Table] = {
    MunicipalityState: Table(
        MUNICIPALITY_UPSERT, MUNICIPALITY_DELETE, _municipality, lambda state: str(state.municipality_id)
    ),
    LedgerYearState: Table(
        LEDGER_YEAR_UPSERT, LEDGER_YEAR_DELETE, _ledger_year, lambda state: f"{state.municipality_id}/{state.year}"
    ),
    LedgerListState: Table(
        LEDGER_LIST_UPSERT,
        LEDGER_LIST_DELETE,
        _ledger_list,
        lambda state: f"{state.municipality_id}/{state.year}/{state.list_id}",
    ),
    LedgerEntryState: Table(
        LEDGER_ENTRY_UPSERT,
        LEDGER_ENTRY_DELETE,
        _ledger_entry,
        lambda state: f"{state.municipality_id}/{state.year}/entries/{state.number}",
    ),
    LedgerChangeState: Table(
        LEDGER_CHANGE_UPSERT,
        LEDGER_CHANGE_DELETE,
        _ledger_change,
        lambda state: f"{state.municipality_id}/{state.year}/changes/{state.version}",
    ),
    ListState: Table(LIST_UPSERT, LIST_DELETE, _list, lambda state: str(state.list_id)),
    PersonState: Table(PERSON_UPSERT, PERSON_DELETE, _person, lambda state: f"{state.list_id}/{state.running_number}"),
    ThreadMessageState: Table(
        THREAD_MESSAGE_UPSERT,
        THREAD_MESSAGE_DELETE,
        _thread_message,
        lambda state: f"{state.list_id}/messages/{state.number}",
    ),
    ListChangeState: Table(list_changes.UPSERT, list_changes.DELETE, list_changes.columns, list_changes.key),
    PersonFolderState: Table(
        PERSON_FOLDER_UPSERT,
        PERSON_FOLDER_DELETE,
        _person_folder,
        lambda state: f"{state.list_id}/{state.running_number}",
    ),
    NoticeState: Table(NOTICE_UPSERT, NOTICE_DELETE, _notice, lambda state: str(state.notice_id)),
    NoticeChoiceState: CHOICE_TABLE,
    LetterState: Table(LETTER_UPSERT, LETTER_DELETE, _letter, lambda state: str(state.letter_id)),
    **REPORT_TABLES,
}


def arrays(table: Table, states: Sequence[tuple[Message, int]]) -> list[list[Any]]:
    """Give the arguments of ``table.upsert`` for states with their sequences."""
    rows = [(*table.columns(state), sequence, state.model_dump_json()) for state, sequence in states]
    return [list(column) for column in zip(*rows, strict=True)]
