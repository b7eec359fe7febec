"""Databases for tests, made in one cluster."""

from __future__ import annotations

import itertools
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from ops.embedded.postgres import Postgres

OWNER = "fordeling_test"
READER = "fordeling_gateway_reader"
"""The role that the read path connects as: may log in, owns nothing. Migrations grant to it by this name."""


class Databases:
    """Makes databases owned by ``OWNER``, who is no superuser, so that forced row-level security holds for it too."""

    def __init__(self, cluster: Postgres) -> None:
        self._cluster = cluster
        self._numbers = itertools.count(1)
        self._execute(
            *(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), cluster.password)
                for role in (OWNER, READER)
            )
        )

    def new(self, template: str | None = None) -> str:
        """Make an empty database, or a copy of the one whose URL is ``template`` (to which nobody may be connected).

        Returns the URL of its owner.
        """
        name = f"test_{next(self._numbers)}"
        source = urlsplit(template).path.lstrip("/") if template else "template1"
        self._execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(source)
            )
        )
        return self._cluster.url(name, OWNER)

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
