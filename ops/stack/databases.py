"""The databases: made in the embedded cluster, reached elsewhere, and migrated in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from ops.errors import UserError
from ops.stack.environment import DATABASES, Database, Stack, without_password
from ops.stack.programs import Program

CONNECT_SECONDS = 5


def create(url: str, wanted: Sequence[Database], passwords: Mapping[str, str]) -> None:
    """Make the roles and databases that a cluster lacks. Nobody else's role may connect to a database.

    url: the superuser's. passwords: by role.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        databases = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        for database in wanted:
            if database.role not in roles:
                connection.execute(_create_role(database, passwords[database.role]))
            if database.owner and database.name not in databases:
                for statement in _create_database(database):
                    connection.execute(statement)
            if not database.owner:
                connection.execute(_let_in(database))


def _create_role(database: Database, password: str) -> sql.Composed:
    return sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(database.role), password)


def _create_database(database: Database) -> Sequence[sql.Composed]:
    name = sql.Identifier(database.name)
    return (
        sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(database.role)),
        sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(name),
    )


def _let_in(database: Database) -> sql.Composed:
    return sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
        sql.Identifier(database.name), sql.Identifier(database.role)
    )


def given(stack: Stack) -> list[Database]:
    """Tell which databases were given by their URL."""
    return [database for database in DATABASES if database not in stack.embedded_databases()]


def check_reachable(variable: str, url: str) -> None:
    """Raise UserError unless a connection to a given database succeeds."""
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0].rpartition("failed: ")[2].removeprefix("FATAL:").strip()
        raise UserError(
            f"Cannot reach the database of {variable} ({without_password(url)}): {reason}. "
            "Start it or mend the URL, or unset the variable to use the embedded PostgreSQL."
        ) from None


def migrate(
    programs: Sequence[Program], environment: Mapping[str, str], *, before_deploy: bool = False
) -> dict[str, list[str]]:
    """Bring every program's database forward, or only as far as the running release allows.

    Returns the new migrations by program.
    """
    from chassis.storage.migrate import migrate as run  # noqa: PLC0415 - loaded while Kafka is still starting

    applied = {}
    for program in programs:
        if program.migrations is not None and program.database is not None:
            url = environment.get(program.database)
            if not url:
                raise UserError(f"{program.database} is not set: name the database, or start a stack first.")
            check_reachable(program.database, url)
            applied[program.name] = run(url, program.migrations, before_deploy=before_deploy)
    return applied
