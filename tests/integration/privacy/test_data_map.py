"""docs/privacy.md is true: every topic and table has its row, every row its purpose, topics the registry's times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatch

import psycopg
import pytest

from contracts.topics import DAY_MS, SERVICES, TOPICS, Kind, Topic
from ops.paths import ROOT
from ops.testing.databases import Databases

PAGE = (ROOT / "docs" / "privacy.md").read_text()
NAMED = re.compile(r"`([^`]+)`")
TABLES = """
SELECT CASE nspname WHEN 'public' THEN relname ELSE nspname || '.' || relname END
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind IN ('r', 'p', 'm', 'f') AND nspname NOT IN ('pg_catalog', 'information_schema')
"""
MIGRATIONS = {name: f"services.{name}.migrations" for name in SERVICES} | {"gateway": "gateway.migrations"}


def rows(head: str) -> list[list[str]]:
    """Give the cells of the table whose first line is that."""
    lines = PAGE.partition(f"\n{head}\n")[2].split("\n")[1:]
    assert lines, head
    return [line.strip("| ").split(" | ") for line in lines[: lines.index("")]]


STORES = rows("| store | holds | how long | erased by |")
PURPOSES = rows("| stores | why | who |")
PLACES = rows("| database | tables | row |")


def row_of(beginning: str) -> list[str]:
    """Find the row whose name is that, or else the one that begins so."""
    found = [row for row in STORES if row[0] == beginning] or [row for row in STORES if row[0].startswith(beginning)]
    assert len(found) == 1, f"{beginning} is the name or beginning of {len(found)} rows"
    return found[0]


def patterns(row: Sequence[str]) -> list[str]:
    """Give the topics that a row is about, as names with stars."""
    return [] if " on `" in row[0] else [name for name in NAMED.findall(row[0]) if name.endswith(".v1")]


def rows_about(topic: Topic) -> list[tuple[list[str], int]]:
    """Find the rows about a topic, with its place among those of the row."""
    return [
        (row, place) for row in STORES for place, pattern in enumerate(patterns(row)) if fnmatch(topic.name, pattern)
    ]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_has_a_row_with_the_registrys_time(topic: Topic) -> None:
    """One row; for as long as the broker is told to keep it, or by compaction."""
    [(row, place)] = rows_about(topic)
    if topic.kind is Kind.STATE:
        assert row[3].endswith("compaction")
        return
    told = row[2].split("; ")
    days = int(topic.config["retention.ms"]) // DAY_MS
    written = f"{days // 365} years" if days >= 365 else f"{days} days"
    assert told[place if place < len(told) else -1] == written


@pytest.mark.parametrize("service", MIGRATIONS)
def test_every_table_has_a_row(service: str, databases: Databases) -> None:
    """As migrations make them: a new one without a row, or a row of one that is gone, is told by its name."""
    url = databases.migrated(MIGRATIONS[service])
    with psycopg.connect(url) as connection:
        there = {str(name) for (name,) in connection.execute(TABLES)}
    told = [name for database, tables, _ in PLACES if database in {"each", service} for name in NAMED.findall(tables)]
    assert sorted(there - {*told}) == [], "say in docs/privacy.md what these hold, and where"
    assert sorted({*told} - there) == [], "these are no tables any more"
    assert len(told) == len({*told}), "twice in docs/privacy.md"


def test_every_table_is_said_to_be_in_a_row_that_there_is() -> None:
    """And the row tells what, how long and by what it is erased."""
    for _, _, beginning in PLACES:
        assert all(row_of(beginning))
    assert all(len(row) == 4 for row in STORES)


def test_every_row_tells_why_and_who() -> None:
    """Each once."""
    named = [row_of(part)[0] for stores, _, _ in PURPOSES for part in stores.split("; ")]
    assert sorted(named) == sorted(row[0] for row in STORES)
