"""A national year that really went through a stack, copied as many years as wanted into others, by COPY."""

from __future__ import annotations

import re
from collections.abc import Sequence
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

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
PERSONS_NUMBER = r"\d{11,12}"
"""An identity number or a DUF number. In a copy it gets a tail: no list that is published later has such a person."""
YEAR = "year"
YEAR_LENGTH, UUID_LENGTH, FIRST_PART = 4, 36, 8


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
                    rows += _load(connection, table, years)
            connection.execute("VACUUM ANALYZE")
    return rows


def _load(connection: psycopg.Connection[tuple[object, ...]], table: Table, years: int) -> int:
    """Load a table. Ledgers of this year go out first: the copy's have counted its lists, theirs have not."""
    own, year, rows = table.name.startswith(LEDGER), datetime.now(OSLO).year, 0
    if own:
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.schema, table.name)))
    pieces = cut(table.text, year, table.columns, own=own) if years else [""]
    statement = _copy(table.schema, table.name, table.columns, sql.SQL("FROM STDIN"))
    for back in range(years):
        text = moved(pieces, year, back)
        with connection.cursor().copy(statement) as writing:
            for first in range(0, len(text), BYTES):
                writing.write(text[first : first + BYTES])
        rows += text.count("\n")
    return rows


def _copy(schema: str, name: str, columns: Sequence[str], way: sql.SQL) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(schema, name), names, way)


def cut(text: str, year: int, columns: Sequence[str], *, own: bool = False) -> list[str]:
    """Keep the lines that are about lists, with ``own`` also the year's, cut at what becomes another in a copy.

    Every second piece is one: a list's or a day's year, a person's number, an id. It is looked for once, for all years.
    Whatever else a stack keeps is there already.
    """
    a_year, ours = _year(year, columns), f"FL-{year}-"
    the_year = re.compile(rf"\b{a_year}")
    kept = [line for line in text.splitlines(keepends=True) if ours in line or (own and the_year.search(line))]
    # An id comes first: the last part of one may look like a person's number.
    return re.split(rf"\b({UUID}|{PERSONS_NUMBER}|{a_year})\b", "".join(kept))


def _year(year: int, columns: Sequence[str]) -> str:
    """Give what finds the year: in a day, an id or a document; of numbers alone in a column, in one called a year.

    A ledger that has changed two thousand times has a version that looks like a year, and goes on having it.
    """
    behind = [len(columns) - 1 - place for place, name in enumerate(columns) if name.endswith(YEAR)]
    inside = [r"(?=[^\t\n])", rf"(?<=[^\t\n]{year})"]
    alone = [rf"(?=(?:\t[^\t\n]*){{{many}}}\n)" for many in behind]
    return rf"{year}\b(?:{'|'.join(inside + alone)})"


def moved(pieces: Sequence[str], year: int, back: int) -> str:
    """Put the lines together as of so many years back and of other persons; the same ones in every table."""
    lines, before = list(pieces), str(year - back)
    for place in range(1, len(lines), 2):
        piece = lines[place]
        if len(piece) == YEAR_LENGTH:
            lines[place] = before
        elif len(piece) == UUID_LENGTH:
            lines[place] = f"{int(piece[:FIRST_PART], 16) ^ back:08x}{piece[FIRST_PART:]}"
        else:
            lines[place] = f"{piece}x{back}"
    return "".join(lines)
