"""Migrations forward: the chassis' own tables, then a service's.

The first line of each says when it is applied: before the new release is deployed, while the old one runs; or after it,
when nothing of the old one runs any more. What may be in which: docs/decisions/0012-evolution.md.
"""

from __future__ import annotations

from enum import Enum
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from yoyo import get_backend, read_migrations
from yoyo.migrations import MigrationList

LOCK = 7_203_315_201
"""Key of the advisory lock that one migrating process holds; a crash releases it."""


class Phase(Enum):
    """When a migration is applied, by the beginning of its first line."""

    STOPPED = "-- Before deploy, while no older release"
    """The old release must not run, neither now nor after it: an outage. Only where there is no other way."""
    BEFORE = "-- Before deploy"
    """Whatever the old release does still works."""
    AFTER = "-- After deploy"
    """The old release must not run any more; the new one needs it not yet."""


class UnmarkedError(Exception):
    """A migration does not say when it is applied."""


def migrate(database_url: str, *packages: str, before_deploy: bool = False) -> list[str]:
    """Apply what is missing of ``chassis.migrations`` and then of each package, in that order; returns the new ids.

    before_deploy: leave out what comes after the deploy. Several may start at once: one does it and the others then
    find nothing to do. Blocking. Raises UnmarkedError.
    """
    applied: list[str] = []
    with psycopg.connect(database_url, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        with get_backend(_yoyo_url(database_url)) as backend:
            for package in ("chassis.migrations", *packages):
                missing = backend.to_apply(_sql_files(package, before_deploy=before_deploy))
                # yoyo's own lock is a row that a crash would leave behind; the advisory lock stands in for it.
                backend.apply_migrations(missing)
                applied.extend(migration.id for migration in missing)
    return applied


def ids(*packages: str) -> list[str]:
    """Name the migrations that this release has of the chassis and of these packages, in their order."""
    return [
        each.id for package in ("chassis.migrations", *packages) for each in _sql_files(package, before_deploy=False)
    ]


def phase(path: Path) -> Phase:
    """Tell when a migration is applied. Raises UnmarkedError."""
    with path.open(encoding="utf-8") as file:
        line = file.readline()
    found = next((phase for phase in Phase if line.startswith(phase.value)), None)
    if found is None:
        raise UnmarkedError(f"{path.name}: the first line says neither 'Before deploy' nor 'After deploy'")
    return found


def _sql_files(package: str, *, before_deploy: bool) -> MigrationList:
    """Read a package's migrations; yoyo by itself would take its ``__init__.py`` for one."""
    found = [each for each in read_migrations(str(files(package))) if each.path.endswith(".sql")]
    phases = {each.id: phase(Path(each.path)) for each in found}
    return MigrationList([each for each in found if not (before_deploy and phases[each.id] is Phase.AFTER)])


def _yoyo_url(database_url: str) -> str:
    """Yoyo names psycopg 3 in the scheme."""
    return urlunsplit(urlsplit(database_url)._replace(scheme="postgresql+psycopg"))
