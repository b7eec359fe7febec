"""Faults of PostgreSQL: gone, full, exhausted, and sessions that are in the way or cut off."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg
from psycopg import sql

from ops.testing.postgres_proxy import Cut, Proxy
from ops.testing.small_disk import NotPossibleHereError, SmallDisk
from tests.faults.fault import Fault, Group
from tests.faults.machine import SERVICES, Kind, NotSoError
from tests.faults.stage import Stage

OPEN_SECONDS = 30.0
EXHAUSTED_SECONDS = 15.0
FULL_SECONDS = 10.0
LONGEST_SECONDS = 60.0
BLOCKED_SECONDS = 5.0
CUTS = 6
DISK_ROUNDS = 400

# A list that has not come to its end: whoever answers it has to wait.
LOCK_LISTS = """
SELECT list_id FROM distribution_list WHERE municipality_id = %s AND status <> 'answered' ORDER BY list_id FOR UPDATE
"""
LOCK_OUTBOX = "SELECT id FROM outbox ORDER BY id LIMIT 50 FOR UPDATE SKIP LOCKED"
LOCK_PERSONS = """
SELECT list_id FROM person JOIN distribution_list USING (list_id)
WHERE municipality_id = ANY(%s) AND distribution_list.status <> 'answered' FOR UPDATE OF person
"""
BLOCKED = "SELECT pid FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
LOCK_THEIR_LISTS = "SELECT list_id FROM distribution_list WHERE list_id = ANY(%s) ORDER BY list_id FOR UPDATE"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
END_RELAYS = """
SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE '%relay'
"""
END_ROLE = "SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity WHERE usename = ANY(%s)"
WRITE = "SELECT pg_logical_emit_message(false, 'rig', repeat('x', 500000), true)"


def _killed(stage: Stage) -> None:
    stage.kill("postgres")
    stage.wait(lambda: _answers(stage), "PostgreSQL answering", LONGEST_SECONDS)


def _answers(stage: Stage) -> bool:
    with suppress(psycopg.Error):
        return bool(stage.sql("distribution", "SELECT 1"))
    return False


def _held_open(stage: Stage) -> None:
    """Hold a transaction open that locks lists of one municipality and what is just being sent."""
    where = stage.random.choice(stage.municipalities)
    with stage.connect("distribution") as connection:
        stage.wait(lambda: _locks(connection, where.id), f"lists of {where.name}", LONGEST_SECONDS)
        connection.execute(LOCK_OUTBOX)
        stage.hold(OPEN_SECONDS)
        connection.rollback()


def _locks(connection: psycopg.Connection[dict[str, object]], municipality: str) -> bool:
    found = connection.execute(LOCK_LISTS, [municipality]).fetchall()
    if not found:
        connection.rollback()
    return bool(found)


def _relays_lose_their_lock(stage: Stage) -> None:
    """End every relay's session, some times over: each has to lead anew."""
    for _ in range(4):
        for service in SERVICES:
            stage.wait(lambda service=service: stage.sql(service, END_RELAYS)[0]["ended"], f"a relay of {service}")
        stage.hold(stage.random.uniform(1, 3))


def _exhausted(stage: Stage) -> None:
    """End all sessions of a service and let one alone come back."""
    service = stage.random.choice(SERVICES)
    roles = [f"fordeling_{service}", *(["fordeling_gateway_reader"] if service == "gateway" else [])]
    limited = sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}")
    with stage.connect(service) as connection:
        connection.autocommit = True
        try:
            for role in roles:
                connection.execute(limited.format(sql.Identifier(role), 1))
            for _ in range(3):
                assert connection.execute(END_ROLE, [roles]).fetchall()[0]["ended"], f"{service} has no session"
                stage.hold(EXHAUSTED_SECONDS / 3)
        finally:
            for role in roles:
                connection.execute(limited.format(sql.Identifier(role), -1))


def _deadlocked(stage: Stage) -> None:
    """Lock persons before their list, which the service locks before its persons, until the two wait for each other."""
    ours = [one.id for one in stage.municipalities]
    before = stage.sql("distribution", DEADLOCKS)[0]["deadlocks"]

    def met() -> bool:
        with suppress(psycopg.errors.DeadlockDetected), stage.connect("distribution") as connection:
            lists = sorted({row["list_id"] for row in connection.execute(LOCK_PERSONS, [ours])})
            with suppress(NotSoError):
                stage.wait(lambda: connection.execute(BLOCKED).fetchall(), "somebody waiting", BLOCKED_SECONDS)
                connection.execute(LOCK_THEIR_LISTS, [lists])
            connection.rollback()
        return bool(stage.sql("distribution", DEADLOCKS)[0]["deadlocks"] > before)

    stage.wait(met, "a deadlock", LONGEST_SECONDS)


def _cut_at_commit(stage: Stage) -> None:
    """Cut connections before a COMMIT and after it, of each service, time and again."""
    proxy: Proxy = stage.machine.parts["proxy"]
    try:
        for _ in range(CUTS):
            for service in stage.random.sample(SERVICES, len(SERVICES)):
                for cut in stage.random.sample(list(Cut), len(Cut)):
                    proxy.cut_next(f"fordeling_{service}", cut)
            stage.wait(lambda: not proxy.pending, "a commit of each to be cut", LONGEST_SECONDS)
            stage.hold(stage.random.uniform(1, 4))
    finally:
        proxy.take_back()


def _disk_full(stage: Stage) -> None:
    """Fill the disk and write until PostgreSQL cannot; keep it full; clear it."""
    disk = stage.machine.parts.get("disk")
    if not isinstance(disk, SmallDisk):
        raise NotPossibleHereError(str(disk))
    with _kept_full(disk):
        for _ in range(DISK_ROUNDS):
            if not _writes(stage):
                break
        else:
            raise AssertionError("PostgreSQL still writes to a disk that is full")
        stage.hold(FULL_SECONDS)
    stage.wait(lambda: _answers(stage), "PostgreSQL answering", LONGEST_SECONDS)


def _writes(stage: Stage) -> bool:
    try:
        stage.sql("distribution", WRITE)
    except psycopg.Error:
        return False
    return True


@contextmanager
def _kept_full(disk: SmallDisk) -> Iterator[None]:
    """Take up at once whatever becomes free, for as long as the block lasts."""
    over = threading.Event()

    def fill() -> None:
        while not over.wait(0.1):
            disk.fill()

    disk.fill()
    filler = threading.Thread(target=fill, daemon=True, name="filler")
    filler.start()
    try:
        yield
    finally:
        over.set()
        filler.join()
        disk.clear()


FAULTS: Sequence[Fault] = (
    Fault(
        "commit-cut",
        Group.POSTGRES,
        "Connections are cut before a COMMIT, and after it before the answer, six times each in every service",
        _cut_at_commit,
        stage=Kind.SMALL_DISK,
    ),
    Fault("postgres-killed", Group.POSTGRES, "SIGKILL of PostgreSQL, which recovers", _killed, core=True),
    Fault(
        "transaction-held-open",
        Group.POSTGRES,
        "A session locks a municipality's lists and outbox rows for 30 s; what was parked goes on by itself",
        _held_open,
    ),
    Fault("advisory-lock-lost", Group.POSTGRES, "The relays' sessions are ended, four times", _relays_lose_their_lock),
    Fault("pool-exhausted", Group.POSTGRES, "A service may have one connection for 15 s", _exhausted),
    Fault(
        "deadlock",
        Group.POSTGRES,
        "A session locks rows in the opposite order until it deadlocks with the service",
        _deadlocked,
    ),
    Fault(
        "disk-full",
        Group.POSTGRES,
        "PostgreSQL's disk is full for 10 s and more (small tmpfs)",
        _disk_full,
        stage=Kind.SMALL_DISK,
        alarms=("DiskFull|Connection|Startup|Shutdown|Crash|gives up the lead",),
    ),
)
