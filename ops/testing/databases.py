"""Databases for tests, made in one cluster."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
        self._migrated: dict[Sequence[str], str] = {}
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
        source = _name(template) if template else "template1"
        self._execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(source)
            )
        )
        self._made.append(name)
        return self._cluster.url(name, OWNER)

    def migrated(self, *packages: str) -> str:
        """Make a database with the chassis' tables and those of packages of migrations.

        It is a copy of one that they have been run on once, which is there until the end.
        """
        if packages not in self._migrated:
            template = self.new()
            migrate(template, *packages)
            self._migrated[packages] = template
            self._made.remove(_name(template))
        return self.new(self._migrated[packages])

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Drop what is made in the block when it ends, whoever is connected; not what is copied from."""
        before = set(self._made)
        try:
            yield
        finally:
            self._drop([name for name in self._made if name not in before])

    def drop(self) -> None:
        """Drop all that are left, whoever is connected: for a cluster that outlives the tests."""
        self._drop([*self._made, *map(_name, self._migrated.values())])
        self._migrated.clear()

    def _drop(self, names: Sequence[str]) -> None:
        if names:
            self._execute(*(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)) for name in names))
        self._made = [name for name in self._made if name not in names]

    def reader(self, owner_url: str) -> str:
        """Tell the URL by which ``READER`` reaches the same database."""
        return self._cluster.url(_name(owner_url), READER)

    def superuser(self, owner_url: str) -> str:
        """Tell the URL by which a superuser reaches the same database."""
        return self._cluster.url(_name(owner_url))

    def _execute(self, *statements: sql.Composed) -> None:
        with psycopg.connect(self._cluster.url(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def _name(url: str) -> str:
    return urlsplit(url).path.lstrip("/")
