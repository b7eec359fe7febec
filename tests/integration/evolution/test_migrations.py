"""Each database's migrations, one by one, with data in it, under the statements of the release that runs meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from chassis.storage.migrate import Phase, migrate, phase
from ops.testing.databases import Databases
from tests.architecture.migration_rules import statements as statements_of
from tests.integration.evolution.databases import PACKAGES, counts, refusal, schema, scripts, statements, tables
from tests.integration.evolution.filling import fill


@contextmanager
def superuser(databases: Databases, url: str) -> Iterator[psycopg.Connection[Any]]:
    """Connect as one for whom no row is hidden and no foreign key is checked: rows are filled in one by one."""
    with psycopg.connect(databases.superuser(url), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.mark.heavy
@pytest.mark.parametrize("name", PACKAGES)
def test_an_upgraded_database_ends_as_an_empty_one_with_its_rows(name: str, databases: Databases) -> None:
    """Each migration by itself, with a row in every table, leads to the same schema as all at once, and loses no row.

    What a statement of today's code could do before a migration that goes before the deploy, it can do after it.
    """
    stepwise, at_once = databases.new(), databases.new()
    migrate(at_once, PACKAGES[name])
    asked = statements(name)
    with psycopg.connect(stepwise, autocommit=True) as owner, superuser(databases, stepwise) as all_seeing:
        runs: set[str] = set()
        for script in scripts(name):
            before = counts(all_seeing)
            text = script.read_text()
            # As yoyo does: whole, in one transaction; or where that must not be, each statement by itself.
            for part in statements_of(text) if "-- transactional: false" in text else [text]:
                owner.execute(part.encode())
            kept = counts(all_seeing)
            assert {table: kept.get(table) for table in before} == before, script.name
            now = {key for key, statement in asked.items() if refusal(owner, statement) is None}
            if phase(script) is Phase.BEFORE:
                assert runs <= now, (script.name, {key: refusal(owner, asked[key]) for key in runs - now})
            runs = now
            for table in tables(all_seeing):
                fill(all_seeing, table)
        refused = {key: refusal(owner, statement) for key, statement in asked.items() if key not in runs}
        assert len(runs) > 15
        assert not refused
        with psycopg.connect(at_once) as other:
            assert schema(owner) == schema(other)


def test_migrating_before_the_deploy_leaves_the_rest_for_after_it(
    new_database: Callable[[], str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the old release needs is there until the second call; what the new one needs from the first on."""
    package = tmp_path / "migrations_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "0901.one.sql").write_text("-- Before deploy.\nCREATE TABLE thing (old integer);")
    monkeypatch.syspath_prepend(str(tmp_path))
    url = new_database()
    migrate(url, package.name)
    (package / "0902.two.sql").write_text("-- After deploy.\nALTER TABLE thing DROP COLUMN old;")
    (package / "0903.three.sql").write_text("-- Before deploy.\nALTER TABLE thing ADD COLUMN new integer;")
    assert migrate(url, package.name, before_deploy=True) == ["0903.three"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO thing (old, new) VALUES (1, 2)")
        assert migrate(url, package.name) == ["0902.two"]
        assert connection.execute("SELECT * FROM thing").fetchall() == [(2,)]
