"""The five databases as their migrations make them, one migration at a time, and what code asks of them."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from ops.stack.programs import PROGRAMS

PACKAGES: Mapping[str, str] = {program.name: program.migrations for program in PROGRAMS if program.migrations}
CODE: Mapping[str, tuple[str, ...]] = {
    name: ("chassis", "gateway" if name == "gateway" else f"services.{name}") for name in PACKAGES
}
"""Where the statements of each database are."""

_STATEMENT = re.compile(r"\s*(--[^\n]*\n\s*)*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


def scripts(name: str) -> list[Path]:
    """List a database's migrations, in order."""
    found = [
        Path(str(each))
        for package in ("chassis.migrations", PACKAGES[name])
        for each in sorted(files(package).iterdir(), key=lambda entry: entry.name)
    ]
    return [path for path in found if path.suffix == ".sql"]


def statements(name: str) -> dict[str, str]:
    """Find the SQL constants of a database's code, by module and name."""
    found = {}
    for package in CODE[name]:
        for module in _modules(package):
            for constant, value in vars(importlib.import_module(module)).items():
                for which, one in (value if isinstance(value, Mapping) else {"": value}).items():
                    if constant.isupper() and isinstance(one, str) and _STATEMENT.match(one):
                        found[f"{module}.{constant}{which}"] = one
    return found


def _modules(package: str) -> Iterator[str]:
    paths = importlib.import_module(package).__path__
    for module in pkgutil.walk_packages(paths, f"{package}."):
        if not module.name.endswith(".__main__"):
            yield module.name


def refusal(connection: psycopg.Connection[Any], statement: str) -> str | None:
    """Tell why PostgreSQL would not run a statement as it is; None where it would. Nothing is run."""
    try:
        with connection.transaction():
            # Not prepared, as the driver would after some times: it would ask for what $1 is.
            connection.execute(b"EXPLAIN (GENERIC_PLAN) " + statement.encode(), prepare=False)
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_primary}"
    return None


def schema(connection: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Describe all that migrations make: columns, constraints, indexes, views, functions, policies, rights."""
    return {what: connection.execute(query.encode()).fetchall() for what, query in _SCHEMA.items()}


_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
_SCHEMA = {
    "columns": f"""
        SELECT n.nspname, c.relname, c.relkind::text, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, a.attname,
               format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text, a.attgenerated::text,
               pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE {_OURS} AND c.relkind IN ('r', 'v', 'm', 'p') AND c.relname NOT LIKE '%yoyo%' ORDER BY 1, 2, 7""",
    "constraints": f"""
        SELECT n.nspname, conrelid::regclass::text, conname, pg_get_constraintdef(k.oid)
        FROM pg_constraint AS k JOIN pg_namespace AS n ON n.oid = k.connamespace
        WHERE {_OURS} AND conrelid::regclass::text NOT LIKE '%yoyo%' ORDER BY 1, 2, 3, 4""",
    "indexes": """
        SELECT schemaname, tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename NOT LIKE '%yoyo%'
        ORDER BY 1, 2, 3""",
    "views": """
        SELECT schemaname, viewname, definition FROM pg_views
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2""",
    "functions": f"""
        SELECT n.nspname, p.proname, pg_get_functiondef(p.oid) FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE {_OURS} AND prokind = 'f' ORDER BY 1, 2, 3""",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal ORDER BY 1, 2""",
    "policies": """
        SELECT schemaname, tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies
        ORDER BY 1, 2, 3""",
    "rights": """
        SELECT table_schema, table_name, grantee, privilege_type FROM information_schema.role_table_grants
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_name NOT LIKE '%yoyo%'
        ORDER BY 1, 2, 3, 4""",
}


def tables(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """List the tables, in the order in which they were made."""
    found = connection.execute(
        f"SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        f" WHERE c.relkind = 'r' AND {_OURS} AND c.relname NOT LIKE '%yoyo%' ORDER BY c.oid".encode()
    ).fetchall()
    return [(str(schema), str(table)) for schema, table in found]


def counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Count the rows of each table."""
    found = {}
    for table in tables(connection):
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table))).fetchone()
        assert row is not None
        found[".".join(table)] = int(row[0])
    return found
