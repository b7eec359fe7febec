"""What the simulator keeps: letters with their statuses in SQLite, documents as files beside it."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from ops.svarut.journey import Clock, Status, journey

TABLES = """
CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY CHECK (one = 1), simulated REAL, real REAL, speed REAL);
CREATE TABLE IF NOT EXISTS shipment (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, external_reference TEXT NOT NULL, title TEXT NOT NULL,
    system TEXT NOT NULL, digital_id TEXT NOT NULL, digital_only INTEGER NOT NULL, came REAL NOT NULL,
    by_hand INTEGER NOT NULL DEFAULT 0, receiver TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS shipment_reference ON shipment (account, external_reference);
CREATE TABLE IF NOT EXISTS event (
    number INTEGER PRIMARY KEY, shipment TEXT NOT NULL REFERENCES shipment, status TEXT NOT NULL, at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS event_shipment ON event (shipment, number);
"""


@dataclass(frozen=True, slots=True)
class Event:
    """A status, and since when in seconds since the epoch."""

    status: Status
    at: float


@dataclass(frozen=True, slots=True)
class Shipment:
    """A letter that came in. ``came_at``: when, by the world's clock. ``receiver``: name and address, as told."""

    id: str
    account: str
    external_reference: str
    title: str
    system: str
    digital_id: str
    digital_only: bool
    receiver: Mapping[str, str]
    came_at: float


class Store:
    """One simulator's letters. Threads may share it."""

    def __init__(self, folder: Path, speed: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._database = sqlite3.connect(folder / "svarut.sqlite", check_same_thread=False, isolation_level=None)
        self._database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + TABLES)
        with self._transaction() as database:
            # One that was made before addresses were kept.
            if "receiver" not in [row[1] for row in database.execute("PRAGMA table_info(shipment)")]:
                database.execute("ALTER TABLE shipment ADD COLUMN receiver TEXT NOT NULL DEFAULT '{}'")
            if not database.execute("SELECT 1 FROM clock").fetchone():
                now = time.time()
                database.execute("INSERT INTO clock VALUES (1, ?, ?, ?)", (now, now, speed))

    def add(self, shipment: Mapping[str, object], documents: Mapping[str, bytes]) -> str:
        """Take a letter in: its columns but ``id`` and ``came``, and its files by name. Returns its id."""
        identity, now = str(uuid4()), time.time()
        folder = self._folder / "documents" / identity
        folder.mkdir(parents=True)
        for name, data in documents.items():
            (folder / name).write_bytes(data)
        with self._transaction() as database:
            values = {**shipment, "id": identity, "came": self._clock(database).at(now)}
            names = ", ".join(values)
            places = ", ".join(f":{name}" for name in values)
            database.execute(f"INSERT INTO shipment ({names}) VALUES ({places})", values)  # noqa: S608  our own names
            _record(database, identity, Status.MOTTATT, now)
        return identity

    def find(self, account: str, external_reference: str) -> list[Shipment]:
        """Find letters by their sender's reference, oldest first."""
        return self._shipments("account = ? AND external_reference = ?", account, external_reference)

    def all(self) -> list[Shipment]:
        """List every letter, oldest first."""
        return self._shipments("true")

    def _shipments(self, condition: str, *values: str) -> list[Shipment]:
        columns = "id, account, external_reference, title, system, digital_id, digital_only, receiver, came"
        with self._transaction() as database:
            clock = self._clock(database)
            rows = database.execute(
                f"SELECT {columns} FROM shipment WHERE {condition} ORDER BY came, rowid",  # noqa: S608  our own text
                values,
            ).fetchall()
        return [Shipment(*(*row[:7], json.loads(row[7]), clock.real_time_of(row[8]))) for row in rows]

    def history(self, account: str, identities: Iterable[str]) -> dict[str, list[Event]]:
        """Tell all that has happened to letters of an account by now, oldest first; unknown ones are left out."""
        found = {}
        with self._transaction() as database:
            for identity in identities:
                if _owner(database, identity) == account:
                    self._move_on(database, identity)
                    found[identity] = _events(database, identity)
        return found

    def set_status(self, identity: str, status: Status) -> bool:
        """Give a letter a status by hand; its journey ends there. False where there is none."""
        with self._transaction() as database:
            if _owner(database, identity) is None:
                return False
            self._move_on(database, identity)
            database.execute("UPDATE shipment SET by_hand = 1 WHERE id = ?", (identity,))
            _record(database, identity, status, time.time())
        return True

    def set_clock(self, *, speed: float | None, skip: float) -> Clock:
        """Change the clock: another speed, some seconds later."""
        with self._transaction() as database:
            clock = self._clock(database).changed(time.time(), speed=speed, skip=skip)
            database.execute(
                "UPDATE clock SET simulated = ?, real = ?, speed = ?", (clock.simulated, clock.real, clock.speed)
            )
        return clock

    def document_names(self, identity: str) -> list[str]:
        """Tell the names of a letter's files."""
        return sorted(path.name for path in (self._folder / "documents" / identity).iterdir())

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def _clock(self, database: sqlite3.Connection) -> Clock:
        return Clock(*database.execute("SELECT simulated, real, speed FROM clock").fetchone())

    def _move_on(self, database: sqlite3.Connection, identity: str) -> None:
        """Record what has happened since anybody looked."""
        row = database.execute("SELECT digital_id, digital_only, came, by_hand FROM shipment WHERE id = ?", (identity,))
        digital_id, digital_only, came, by_hand = row.fetchone()
        if by_hand:
            return
        events, clock, now = _events(database, identity), self._clock(database), time.time()
        steps = list(journey(digital_id, digital_only=bool(digital_only)))[len(events) :]
        last = events[-1].at
        for after, status in steps:
            if clock.at(now) < came + after:
                return
            last = max(last, min(now, max(clock.real, clock.real_time_of(came + after))))
            _record(database, identity, status, last)


def _owner(database: sqlite3.Connection, identity: str) -> str | None:
    row = database.execute("SELECT account FROM shipment WHERE id = ?", (identity,)).fetchone()
    return str(row[0]) if row else None


def _record(database: sqlite3.Connection, identity: str, status: Status, at: float) -> None:
    database.execute("INSERT INTO event (shipment, status, at) VALUES (?, ?, ?)", (identity, status.value, at))


def _events(database: sqlite3.Connection, identity: str) -> list[Event]:
    rows = database.execute("SELECT status, at FROM event WHERE shipment = ? ORDER BY number", (identity,))
    return [Event(Status(status), at) for status, at in rows]
