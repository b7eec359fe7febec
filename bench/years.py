"""A national year that really went through a stack, copied as many years as wanted into others, by COPY."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from ops.demo.spread import OSLO
from ops.stack.environment import Stack

DATABASES = ("distribution", "municipality", "notification", "gateway")
SCHEMAS = ["public", "readmodel"]
FORGOTTEN = ["outbox", "outbox_sent", "inbox", "command_outcome", "timer_run"]
"""What is forgotten within weeks is no history. `inbox_sequence` stays for good, and is."""
TABLES = """
SELECT schemaname, tablename FROM pg_tables
WHERE schemaname = ANY (%s) AND tablename <> ALL (%s) AND tablename NOT LIKE '%%yoyo%%' ORDER BY 1, 2
"""
COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = %s AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""
BYTES = 1 << 20
LEDGER = "ledger"

PERSONS_NUMBER = re.compile(r"\b\d{11,12}\b")
"""An identity number or a DUF number. In a copy it gets a tail: no list that is published later has such a person."""
UUID = re.compile(r"\b([0-9a-f]{8})(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b")


@dataclass(frozen=True, slots=True)
class Table:
    """A table's rows of a year, as COPY's text."""

    database: str
    schema: str
    name: str
    columns: Sequence[str]
    text: str


def gather(stack: Stack) -> list[Table]:
    """Read everything that a stack keeps of its lists."""
    found = []
    for database in DATABASES:
        with psycopg.connect(stack.postgres().url(f"fordeling_{database}")) as connection:
            for schema, name in connection.execute(TABLES, [SCHEMAS, FORGOTTEN]).fetchall():
                columns = [row[0] for row in connection.execute(COLUMNS, [schema, name])]
                with connection.cursor().copy(_copy(schema, name, columns, sql.SQL("TO STDOUT"))) as reading:
                    text = b"".join(bytes(part) for part in reading).decode()
                found.append(Table(database, schema, name, columns, text))
    return [table for table in found if table.text]


def load(stack: Stack, tables: Sequence[Table], years: int) -> int:
    """Load them, this year and the years before it; returns the rows. Triggers and foreign keys rest meanwhile."""
    rows = 0
    for database in DATABASES:
        with psycopg.connect(stack.postgres().url(f"fordeling_{database}"), autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            for table in tables:
                if table.database == database:
                    _make_room(connection, table)
                    rows += sum(_load(connection, table, back) for back in range(years))
            connection.execute("VACUUM ANALYZE")
    return rows


def _make_room(connection: psycopg.Connection[tuple[object, ...]], table: Table) -> None:
    """Take out the ledgers of this year: the copy's have counted its lists, theirs have not."""
    if table.name.startswith(LEDGER):
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.schema, table.name)))


def _load(connection: psycopg.Connection[tuple[object, ...]], table: Table, back: int) -> int:
    own = table.name.startswith(LEDGER)
    lines = list(moved(table.text, datetime.now(OSLO).year, back, own=own))
    statement = _copy(table.schema, table.name, table.columns, sql.SQL("FROM STDIN"))
    with connection.cursor().copy(statement) as writing:
        text = "".join(lines)
        for first in range(0, len(text), BYTES):
            writing.write(text[first : first + BYTES])
    return len(lines)


def _copy(schema: str, name: str, columns: Sequence[str], way: sql.SQL) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(schema, name), names, way)


def moved(text: str, year: int, back: int, *, own: bool = False) -> Iterator[str]:
    """Give the lines that are about lists, as of so many years back and of other persons; with ``own`` also the year's.

    Lists, days, persons' numbers and ids become others, the same ones in every table. Whatever else a stack keeps is
    there already.
    """
    the_year, ours = re.compile(rf"\b{year}\b"), f"FL-{year}-"
    for line in text.splitlines(keepends=True):
        if ours in line or (own and the_year.search(line)):
            yield _moved(line, the_year, year, back)


def _moved(line: str, the_year: re.Pattern[str], year: int, back: int) -> str:
    line = the_year.sub(str(year - back), line)
    line = PERSONS_NUMBER.sub(lambda found: f"{found[0]}x{back}", line)
    return UUID.sub(lambda found: f"{int(found[1], 16) ^ back:08x}{found[2]}", line)
