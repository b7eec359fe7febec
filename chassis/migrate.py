"""Migrations forward: the chassis' own tables, then a service's."""

from __future__ import annotations

from importlib.resources import files
from urllib.parse import urlsplit, urlunsplit

import psycopg
from yoyo import get_backend, read_migrations
from yoyo.migrations import MigrationList

LOCK = 7_203_315_201
"""Key of the advisory lock that one migrating process holds; a crash releases it."""


def migrate(database_url: str, *packages: str) -> list[str]:
    """Apply what is missing of ``chassis.migrations`` and then of each package, in that order; returns the new ids.

    Several may start at once: one does it and the others then find nothing to do. Blocking.
    """
    applied: list[str] = []
    with psycopg.connect(database_url, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        with get_backend(_yoyo_url(database_url)) as backend:
            for package in ("chassis.migrations", *packages):
                missing = backend.to_apply(_sql_files(package))
                # yoyo's own lock is a row that a crash would leave behind; the advisory lock stands in for it.
                backend.apply_migrations(missing)
                applied.extend(migration.id for migration in missing)
    return applied


def _sql_files(package: str) -> MigrationList:
    """Read a package's migrations; yoyo by itself would take its ``__init__.py`` for one."""
    return MigrationList([each for each in read_migrations(str(files(package))) if each.path.endswith(".sql")])


def _yoyo_url(database_url: str) -> str:
    """Yoyo names psycopg 3 in the scheme."""
    return urlunsplit(urlsplit(database_url)._replace(scheme="postgresql+psycopg"))
