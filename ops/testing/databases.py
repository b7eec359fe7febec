"""Databases for tests, made in one cluster."""

from __future__ import annotations

import itertools
import secrets
from typing import Protocol
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from chassis.storage.migrate import migrate

OWNER = "fordeling_test"
READER = "fordeling_gateway_reader"
"""The role that the read path connects as: may log in, owns nothing. Migrations grant to it by this name."""


class Cluster(Protocol):
    """A PostgreSQL that databases are made in, by a superuser."""

    @property
    def password(self) -> str:
        """The password that roles get."""

    def url(self, database: str = ..., user: str = ...) -> str:
        """Build a connection URL, password included; the superuser's by default."""


class Databases:
    """Makes databases owned by ``OWNER``, who is no superuser, so that forced row-level security holds for it too.

    Their names are of this run, and roles that are there are taken over: the cluster may be one that was given.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._run = secrets.token_hex(3)
        self._numbers = itertools.count(1)
        self._made: list[str] = []
        self._migrated: dict[str, str] = {}
        self._execute(*(self._role(role) for role in (OWNER, READER)))

    def _role(self, name: str) -> sql.Composed:
        with psycopg.connect(self._cluster.url()) as connection:
            there = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone() is not None
        statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}" if there else "CREATE ROLE {} LOGIN PASSWORD {}")
        return statement.format(sql.Identifier(name), self._cluster.password)

    def new(self, template: str | None = None) -> str:
        """Make an empty database, or a copy of the one whose URL is ``template`` (to which nobody may be connected).

        Returns the URL of its owner.
        """
        name = f"test_{self._run}_{next(self._numbers)}"
        source = urlsplit(template).path.lstrip("/") if template else "template1"
        self._execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(source)
            )
        )
        self._made.append(name)
        return self._cluster.url(name, OWNER)

    def migrated(self, package: str) -> str:
        """Make a database with the tables of a package's migrations: a copy of one that they have been run on once."""
        if package not in self._migrated:
            self._migrated[package] = self.new()
            migrate(self._migrated[package], package)
        return self.new(self._migrated[package])

    def drop(self) -> None:
        """Drop all that were made, whoever is connected: for a cluster that outlives the tests."""
        self._execute(*(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)) for name in self._made))
        self._made.clear()
        self._migrated.clear()

    def reader(self, owner_url: str) -> str:
        """Tell the URL by which ``READER`` reaches the same database."""
        return self._cluster.url(urlsplit(owner_url).path.lstrip("/"), READER)

    def superuser(self, owner_url: str) -> str:
        """Tell the URL by which a superuser reaches the same database."""
        return self._cluster.url(urlsplit(owner_url).path.lstrip("/"))

    def _execute(self, *statements: sql.Composed) -> None:
        with psycopg.connect(self._cluster.url(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)
