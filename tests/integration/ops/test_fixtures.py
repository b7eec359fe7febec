"""The real broker and cluster that other tests are given."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from ops.embedded.kafka import answers_metadata
from ops.testing.databases import Databases


def test_kafka_answers(kafka: str) -> None:
    """The broker of the run tells its metadata."""
    assert answers_metadata(kafka, seconds=5)


def test_databases_are_separate(new_database: Callable[[], str]) -> None:
    """What is made in one database is not seen in another."""
    one, other = new_database(), new_database()
    with psycopg.connect(one) as connection:
        connection.execute("CREATE TABLE seen (id int)")
    with psycopg.connect(other) as connection:
        assert connection.execute("SELECT to_regclass('seen')").fetchone() == (None,)


def test_a_database_can_be_copied(databases: Databases) -> None:
    """A copy of a migrated database has its tables."""
    migrated = databases.new()
    with psycopg.connect(migrated) as connection:
        connection.execute("CREATE TABLE seen (id int)")
    with psycopg.connect(databases.new(template=migrated)) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)


def test_what_is_made_in_a_block_is_gone_with_it(databases: Databases) -> None:
    """With whoever is connected to it; what was there before stays, and so does what is copied from."""
    before = databases.migrated()
    with databases.passing():
        passing = databases.migrated("services.letters.migrations")
        connected = psycopg.connect(passing)
    with pytest.raises(psycopg.OperationalError):
        connected.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(passing)
    for there in (before, databases.migrated("services.letters.migrations")):
        with psycopg.connect(there) as connection:
            assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


def test_the_reader_owns_nothing(databases: Databases) -> None:
    """The read path's role can connect but not read what it has not been granted."""
    url = databases.new()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE seen (id int)")
    with psycopg.connect(databases.reader(url)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM seen")
