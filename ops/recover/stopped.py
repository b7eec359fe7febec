"""Whether a service's processes are stopped, as its database sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

import psycopg

from ops.embedded.waiting import wait_until
from ops.errors import DatabaseAwayError, UserError
from ops.stack.programs import PROGRAMS

LEAVING_SECONDS = 3.0
"""A session ends a moment after its process."""
SESSIONS = """
SELECT DISTINCT application_name FROM pg_stat_activity
WHERE datname = current_database() AND application_name IN (%(name)s, %(name)s || ' relay') AND state IS NOT NULL
"""


def databases(variables: Mapping[str, str], names: Iterable[str] | None = None) -> dict[str, str]:
    """Tell the URLs of the processes' databases, by process. Raises UserError where one is not known."""
    found = {}
    for program in PROGRAMS:
        if program.database is None or (names is not None and program.name not in names):
            continue
        if not variables.get(program.database):
            raise UserError(
                f"{program.database} is not set: name the stack's folder with --data-dir, or set the variable."
            )
        found[program.name] = variables[program.database]
    return found


def check(urls: Mapping[str, str]) -> None:
    """Raise UserError where a process of these stays connected: it would work on what is being recovered."""
    for name, url in urls.items():
        if not wait_until(partial(_gone, name, url), LEAVING_SECONDS):
            raise UserError(f"A process of {name} runs: stop it first, it would work on what is being recovered.")


def _gone(name: str, url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            return connection.execute(SESSIONS, {"name": name}).fetchone() is None
    except psycopg.OperationalError as error:
        raise DatabaseAwayError(name, type(error).__name__) from None
