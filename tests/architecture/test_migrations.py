"""Migrations say when they are applied, and those before a deploy let the running release live."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.storage.migrate import Phase, UnmarkedError, phase
from ops.paths import ROOT
from tests.architecture.migration_rules import breaches, statements

FILES = sorted(
    path for place in ("chassis", "gateway", "services") for path in (ROOT / place).rglob("migrations/*.sql")
)

BEFORE_THE_FIRST_RELEASE = {
    "0104.distribution-withdrawal.sql",
    "0303.notification-withdrawal.sql",
    "0402.letters-dispatch.sql",
}
"""Nothing ran before these that could not live with them. No file is ever added here."""


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_a_migration_before_the_deploy_lets_the_running_release_live(file: Path) -> None:
    """It takes nothing away, demands nothing new, and holds no lock for long; else it says that it comes after."""
    if phase(file) is Phase.BEFORE and file.name not in BEFORE_THE_FIRST_RELEASE:
        assert breaches(file.read_text()) == []


def test_the_exceptions_are_there_and_need_to_be() -> None:
    """A file that keeps the rules is no exception."""
    named = {file.name: file for file in FILES}
    assert all(breaches(named[name].read_text()) for name in BEFORE_THE_FIRST_RELEASE)


def test_numbers_are_unique() -> None:
    """Two migrations with one number would be applied in an order that nobody chose."""
    numbers = [file.name.partition(".")[0] for file in FILES]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE thing",
        "DROP VIEW thing",
        "DROP INDEX thing_size",
        "ALTER TABLE thing DROP COLUMN size",
        "ALTER TABLE thing RENAME COLUMN size TO width",
        "ALTER TABLE thing RENAME TO things",
        "ALTER TABLE thing ALTER COLUMN size TYPE bigint",
        "ALTER TABLE thing ALTER size SET DATA TYPE bigint",
        "ALTER TABLE thing ALTER COLUMN size SET NOT NULL",
        "ALTER TABLE thing ALTER COLUMN size DROP DEFAULT",
        "ALTER TABLE thing ADD COLUMN size integer NOT NULL",
        "ALTER TABLE thing ADD COLUMN size integer, ADD COLUMN width integer NOT NULL CHECK (width > 0)",
        "ALTER TABLE thing ADD COLUMN id uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE thing ADD COLUMN area integer GENERATED ALWAYS AS (width * height) STORED",
        "ALTER TABLE thing ADD CONSTRAINT thing_size CHECK (size > 0)",
        "ALTER TABLE thing ADD UNIQUE (size)",
        "ALTER TABLE thing DROP CONSTRAINT thing_size_key",
        "CREATE INDEX thing_size ON thing (size)",
        "CREATE UNIQUE INDEX CONCURRENTLY thing_size ON thing (size)",
        "UPDATE thing SET size = 1",
        "DELETE FROM thing",
        "TRUNCATE thing",
        "/* harmless */ -- so it says\nalter   table thing\n  drop column size",
        "CREATE TABLE other (id bigint); DROP TABLE thing",
    ],
)
def test_what_the_running_release_could_not_live_with_is_found(sql: str) -> None:
    """Each rule finds what it is for, in any case and over lines and comments."""
    assert breaches(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE thing (size integer NOT NULL CHECK (size > 0)); CREATE UNIQUE INDEX thing_size ON thing (size)",
        "CREATE TABLE thing (size integer); ALTER TABLE thing DROP COLUMN size, ADD UNIQUE (id); DELETE FROM thing",
        "ALTER TABLE thing ADD COLUMN size integer",
        "ALTER TABLE thing ADD COLUMN size integer NOT NULL DEFAULT 0, ADD COLUMN at timestamptz DEFAULT now()",
        "ALTER TABLE thing ADD COLUMN size integer CHECK (size > 0)",
        "ALTER TABLE thing DROP CONSTRAINT thing_kind, ADD CONSTRAINT thing_kind CHECK (kind IN ('a', 'b'))",
        "CREATE INDEX CONCURRENTLY thing_size ON thing (size)",
        "CREATE VIEW v AS SELECT 'DROP TABLE thing; RENAME' FROM thing -- DROP TABLE thing",
        "INSERT INTO thing (text) VALUES ('it''s; DROP COLUMN size')",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE thing SET size = 1; END $$",
    ],
)
def test_what_it_can_live_with_is_let_through(sql: str) -> None:
    """Tables of its own it may make and change at will; to others it adds what nobody has to write."""
    assert breaches(sql) == []


def test_statements_are_cut_where_they_end() -> None:
    """Not in texts, comments or bodies."""
    assert statements("SELECT 'a;b'; -- c;\nDO $x$ BEGIN; END $x$;\n\n") == ["SELECT 'a;b'", "DO $x$ BEGIN; END $x$"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-- Before deploy. Why.", Phase.BEFORE),
        ("-- After deploy. Why.", Phase.AFTER),
        ("-- Before deploy, while no older release of the service runs: why.", Phase.STOPPED),
        ("-- Why.", None),
        ("CREATE TABLE thing ();", None),
    ],
)
def test_the_first_line_says_when(tmp_path: Path, line: str, expected: Phase | None) -> None:
    """And a file that does not say is refused by name."""
    file = tmp_path / "0001.thing.sql"
    file.write_text(f"{line}\nSELECT 1;\n")
    if expected is None:
        with pytest.raises(UnmarkedError, match=r"0001\.thing\.sql"):
            phase(file)
    else:
        assert phase(file) is expected
