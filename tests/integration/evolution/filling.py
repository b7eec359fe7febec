"""A row for any table, found by trying: what a column may hold is read from its type and its table's checks."""

from __future__ import annotations

import itertools
import random
import re
from typing import Any

import psycopg
from psycopg import sql

TRIES = 2000
_VALUES: dict[str, list[str]] = {
    "text": ["x", "k-0301", "0301", "a@example.no", "a" * 64],
    "smallint": ["2026", "1", "0"],
    "integer": ["1", "0", "2026"],
    "bigint": ["1", "0"],
    "boolean": ["false", "true"],
    "date": ["2026-01-02"],
    "timestamp with time zone": ["2026-01-02 12:00+00"],
    "jsonb": ["{}", "[]"],
    "bytea": ["\\x78", "\\x" + "78" * 32],
    "int8multirange": ["{[1,3)}"],
    "uuid": ["3f2a9d3e-0c4c-4c0f-9c5a-2f2f6d9b1c11"],
}

_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL), a.attnotnull,
       a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> ''
FROM pg_attribute AS a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_CHECKS = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'"


def fill(connection: psycopg.Connection[Any], table: tuple[str, str]) -> None:
    """Put a row in: with as little as it takes, else with whatever the checks let through. Raises AssertionError."""
    name = sql.Identifier(*table)
    qualified = f'"{table[0]}"."{table[1]}"'
    columns = connection.execute(_COLUMNS, [qualified]).fetchall()
    words = _words(connection, qualified)
    choices: list[tuple[str, list[str | None]]] = []
    for column, kind, required, given in columns:
        values: list[str | None] = [*words.get(column, []), *_VALUES.get(kind.removesuffix("[]"), ["x"])]
        if kind.endswith("[]"):
            values = [f"{{{value}}}" for value in values]
        if given:
            continue
        choices.append((column, values if required else [None, *values]))
    generator = random.Random(f"{table}")
    bare = [(column, values[:1] if values[0] is None else values) for column, values in choices]
    simplest = [values[0] for _, values in choices]
    anything = (_any(generator, each) for each in [bare] * TRIES + [choices] * TRIES)
    for attempt in itertools.chain([simplest], anything):
        row = {column: value for (column, _), value in zip(choices, attempt, strict=True) if value is not None}
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            name,
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Literal, row.values())),
        )
        if not row:
            statement = sql.SQL("INSERT INTO {} DEFAULT VALUES").format(name)
        try:
            with connection.transaction():
                connection.execute(statement)
        except psycopg.errors.UniqueViolation:
            return  # the migration itself has put its row in
        except (psycopg.IntegrityError, psycopg.DataError):
            continue
        return
    raise AssertionError(f"no row was found for {qualified}")


def _any(generator: random.Random, choices: list[tuple[str, list[str | None]]]) -> list[str | None]:
    return [generator.choice(values) for _, values in choices]


def _words(connection: psycopg.Connection[Any], table: str) -> dict[str, list[str]]:
    """Read the codes that checks name, by column: ``kind = ANY (ARRAY['a'::text, …])`` or ``kind = 'a'``."""
    found: dict[str, list[str]] = {}
    for (definition,) in connection.execute(_CHECKS, [table]).fetchall():
        for column, one, many in re.findall(
            r"\(?(\w+)\)?(?:::text)? = (?:'([^']*)'::|ANY \(\(?ARRAY\[(.*?)\])", definition
        ):
            found.setdefault(column, []).extend([one] if one else re.findall(r"'([^']*)'", many))
        for column, digits in re.findall(r"\(?(\w+)\)?(?:::text)? ~ '\^\[0-9\]\{(\d+)\}\$'", definition):
            found.setdefault(column, []).append("0301".ljust(int(digits), "1")[: int(digits)])
    return found
