"""The read model's schema made a second time, swapped, and dropped: structure, policies and grants as they are."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.storage.database import Connection
from gateway.readmodel.tables import SCHEMA

NEXT = "readmodel_next"
OLD = "readmodel_old"

# Tables and their indexes are all that this knows to copy.
OTHER_KINDS = """
SELECT relname FROM pg_class WHERE relnamespace = $1::text::regnamespace AND relkind NOT IN ('r', 'i')
UNION ALL
SELECT proname FROM pg_proc WHERE pronamespace = $1::text::regnamespace
"""

TABLE_NAMES = "SELECT tablename FROM pg_tables WHERE schemaname = $1::text ORDER BY tablename"

# Statements that make in $2 what $1 has; in this order. Names stay, so that later migrations find them.
COPY = """
SELECT format('CREATE SCHEMA %I', $2::text) AS statement WHERE $1::text IS NOT NULL
UNION ALL
SELECT format('CREATE TABLE %I.%I (LIKE %I.%I INCLUDING ALL EXCLUDING INDEXES EXCLUDING CONSTRAINTS)',
              $2, tablename, $1::text, tablename)
FROM pg_tables WHERE schemaname = $1::text
UNION ALL
SELECT format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', $2, relname, conname, pg_get_constraintdef(c.oid))
FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = c.conrelid
WHERE t.relnamespace = $1::text::regnamespace AND contype IN ('p', 'u', 'c', 'x')
UNION ALL
SELECT replace(pg_get_indexdef(i.indexrelid), format(' ON %I.', $1::text), format(' ON %I.', $2))
FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid
WHERE t.relnamespace = $1::text::regnamespace
  AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
UNION ALL
SELECT format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', $2, relname)
FROM pg_class WHERE relnamespace = $1::text::regnamespace AND relkind = 'r' AND relrowsecurity
UNION ALL
SELECT format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', $2, relname)
FROM pg_class WHERE relnamespace = $1::text::regnamespace AND relkind = 'r' AND relforcerowsecurity
UNION ALL
SELECT format('CREATE POLICY %I ON %I.%I AS %s FOR %s TO %s %s %s', policyname, $2, tablename, permissive, cmd,
              (SELECT string_agg(CASE WHEN role = 'public' THEN role ELSE quote_ident(role) END, ', ')
               FROM unnest(roles::text[]) AS role),
              'USING (' || qual || ')', 'WITH CHECK (' || with_check || ')')
FROM pg_policies WHERE schemaname = $1::text
UNION ALL
SELECT format('GRANT %s ON SCHEMA %I TO %s', privilege_type, $2, coalesce(quote_ident(rolname), 'public'))
FROM pg_namespace, aclexplode(nspacl) AS granted LEFT JOIN pg_roles AS r ON r.oid = grantee
WHERE nspname = $1::text
UNION ALL
SELECT format('GRANT %s ON %I.%I TO %s', privilege_type, $2, relname, coalesce(quote_ident(rolname), 'public'))
FROM pg_class, aclexplode(relacl) AS granted LEFT JOIN pg_roles AS r ON r.oid = grantee
WHERE relnamespace = $1::text::regnamespace AND relkind = 'r'
"""


class UnknownKindError(Exception):
    """The schema has something that copying leaves out; the text names it."""


async def copy_structure(connection: Connection) -> None:
    """Make ``readmodel_next``, empty, as ``readmodel`` is; in one transaction. Raises UnknownKindError."""
    async with connection.transaction():
        if found := await connection.fetch(OTHER_KINDS, SCHEMA):
            raise UnknownKindError(", ".join(row[0] for row in found))
        for row in await connection.fetch(COPY, SCHEMA, NEXT):
            await connection.execute(row["statement"])


async def drop(connection: Connection, *schemas: str) -> None:
    """Drop these where they are there."""
    for schema in schemas:
        await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


async def hold_still(connection: Connection, tables: Sequence[str]) -> None:
    """Let nobody write to the live tables until this transaction ends; reading goes on."""
    names = ", ".join(f"{SCHEMA}.{table}" for table in tables)
    await connection.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


async def swap(connection: Connection) -> None:
    """Put the new one in the live one's place; the old one stays as ``readmodel_old``."""
    await connection.execute(f"ALTER SCHEMA {SCHEMA} RENAME TO {OLD}")
    await connection.execute(f"ALTER SCHEMA {NEXT} RENAME TO {SCHEMA}")
