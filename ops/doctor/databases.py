"""Each database: does it answer, is it of this release, may its role do what it should, and what waits in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg

from chassis import clock, errors
from chassis.reading import dead_letters
from chassis.running.backlog import CLOCK_SECONDS, WAITING
from chassis.storage import migrate, outbox, vacuuming
from chassis.storage.database import Connection
from ops.dead_letters.places import CONNECT_SECONDS, DatabaseError, database
from ops.doctor.findings import Finding, State, graded, well
from ops.stack.environment import without_password
from ops.stack.programs import PROGRAMS, Program

OLD_SECONDS = 60.0
WAITS_SECONDS = 900.0
READER = "GATEWAY_READER_DATABASE_URL"

APPLIED = "SELECT migration_id FROM _yoyo_migration"
ROLE = """
SELECT rolname, rolsuper, rolbypassrls,
       EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind = 'r') AS owns
FROM pg_roles WHERE rolname = current_user
"""
FILES = """
SELECT clock_timestamp() - pg_postmaster_start_time() AS up,
       current_setting('wal_recycle')::bool AS kept, current_setting('archive_timeout') <> '0' AS closed
"""
SIZE = "SELECT pg_size_pretty(pg_database_size(current_database()))"


async def check(given: Mapping[str, str]) -> list[Finding]:
    """Look at all databases at once."""
    programs = [program for program in PROGRAMS if program.database is not None and given.get(program.database)]
    found = await asyncio.gather(*(_one(program, given) for program in programs), _reader(given))
    return [each for findings in found for each in findings]


async def _one(program: Program, given: Mapping[str, str]) -> list[Finding]:
    assert program.database is not None
    name = program.name
    try:
        async with database(name, given) as connection:
            size = await connection.fetchval(SIZE)
            found = [well("database", name, f"{without_password(given[program.database])}, {size}")]
            found += [
                await _migrations(program, connection),
                await _role(name, connection),
                await _clock(name, connection),
                await _erased(name, connection),
            ]
            return found + await _waiting(name, connection)
    except DatabaseError as error:
        todo = (
            f"fordeling migrate {name}"
            if "fordeling migrate" in str(error)
            else f"start it, or mend {program.database}"
        )
        return [Finding("database", name, State.BAD, str(error), todo)]


async def _migrations(program: Program, connection: Connection) -> Finding:
    assert program.migrations is not None
    try:
        applied = {row[0] for row in await connection.fetch(APPLIED)}
    except asyncpg.UndefinedTableError:
        applied = set()
    ours = migrate.ids(program.migrations)
    missing, newer = [each for each in ours if each not in applied], sorted(applied - set(ours))
    if newer and not missing:
        said = f"{len(newer)} are of a newer release than this command: {newer[-1]}"
        return Finding("migrations", program.name, State.LOOK, said, "use the command of the release that runs")
    said = f"all {len(ours)} applied" if not missing else f"{len(missing)} missing, the first {missing[0]}"
    todo = f"fordeling migrate {program.name}"
    return graded("migrations", program.name, well_if=not missing, said=said, todo=todo)


async def _role(name: str, connection: Connection, *, reads_only: bool = False) -> Finding:
    row = await connection.fetchrow(ROLE)
    assert row is not None
    too_much = [
        word for word, has in (("a superuser", row["rolsuper"]), ("above row security", row["rolbypassrls"])) if has
    ]
    if reads_only and row["owns"]:
        too_much.append("an owner of tables")
    said = f"{row['rolname']} is {', '.join(too_much)}" if too_much else f"{row['rolname']} may no more than it needs"
    return graded(
        "roles", name, well_if=not too_much, said=said, todo="take it from the role: ALTER ROLE; it needs none of it"
    )


async def _clock(name: str, connection: Connection) -> Finding:
    before = datetime.now(UTC)
    there = await connection.fetchval(clock.DATABASE_TIME)
    off = (before + (datetime.now(UTC) - before) / 2 - there).total_seconds()
    said = f"this machine's is {off:+.1f} s from the database's"
    todo = "set the clocks of both machines (NTP)"
    return graded("clock", name, well_if=abs(off) <= CLOCK_SECONDS, said=said, todo=todo)


async def _erased(name: str, connection: Connection) -> Finding:
    row = await connection.fetchrow(FILES)
    assert row is not None
    return erasure(name, await vacuuming.unvacuumed(connection, vacuuming.LATE), **row)


def erasure(name: str, late: Sequence[str], *, up: timedelta, kept: bool, closed: bool) -> Finding:
    """Grade whether what is deleted leaves the files of the database in the time that docs/privacy.md tells.

    late: tables without a vacuum for two days, as far as PostgreSQL's counters know.
    up: for how long it has run; the counters of one that has just started may be younger than its tables.
    kept: it keeps segments of its log to write them over; closed: it closes them by the clock.
    """
    if late and up > vacuuming.LATE:
        said = f"{len(late)} tables had no vacuum for {vacuuming.LATE.days} days, the first {late[0]}"
        todo = f"is a transaction left open there, or a table locked? fordeling logs {name}"
        return Finding("erasure", name, State.LOOK, said, todo)
    if kept or not closed:
        said = "its write-ahead log is kept to be written over, however old"
        todo = "set wal_recycle = off and archive_timeout = 6h in PostgreSQL"
        return Finding("erasure", name, State.LOOK, said, todo)
    return well("erasure", name, "tables are vacuumed, and the write-ahead log is closed and removed")


async def _waiting(name: str, connection: Connection) -> list[Finding]:
    unsent, parked = await outbox.depth(connection), await dead_letters.count(connection)
    tasks = await connection.fetchrow(WAITING)
    oldest = 0.0 if tasks is None or not tasks["tasks"] else (datetime.now(UTC) - tasks["oldest"]).total_seconds()
    found = [
        graded(
            "outbox",
            name,
            well_if=unsent.age <= OLD_SECONDS,
            said=f"{unsent.rows} rows, the oldest {unsent.age:.0f} s",
            todo=f"does {name} run, and does Kafka take what it sends? fordeling logs {name}",
        ),
        graded(
            "dead letters",
            name,
            well_if=not parked,
            said=f"{parked} parked",
            todo=f"fordeling dead-letters list --service {name}",
            otherwise=State.LOOK,
        ),
    ]
    if unsent.aside:
        todo = f"fordeling outbox aside list --service {name}"
        found.append(Finding("outbox", name, State.BAD, f"{unsent.aside} rows that Kafka refused", todo))
    if oldest > WAITS_SECONDS:
        said = f"{tasks['tasks'] if tasks else 0} tasks wait for something, the oldest {oldest / 60:.0f} min"
        found.append(
            Finding("waiting", name, State.LOOK, said, "fordeling reconcile: is something missing on a topic?")
        )
    return found


async def _reader(given: Mapping[str, str]) -> list[Finding]:
    """Look at the role that pages read as: row-level security has to hold for it."""
    url = given.get(READER)
    if not url:
        return [Finding("roles", "gateway's reader", State.UNKNOWN, f"{READER} is not set", "")]
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    except (*errors.DATABASE_ERRORS, TimeoutError, ValueError) as error:
        said = f"{without_password(url)} cannot be reached: {errors.name(error)}"
        return [Finding("roles", "gateway's reader", State.BAD, said, f"mend {READER}; fordeling migrate gateway")]
    try:
        return [await _role("gateway's reader", connection, reads_only=True)]
    finally:
        await connection.close(timeout=5)
