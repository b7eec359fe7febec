"""The databases, read only: rows as marks, checks, and what is on its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ops.reconcile.compare import Mark
from ops.reconcile.entities import UNREADABLE, Check, Entity, digest
from ops.reconcile.errors import CannotCompareError

_OPTIONS = "-c default_transaction_read_only=on -c timezone=UTC -c statement_timeout=60s"
_AT_ONCE = 2000

QUEUES = """
SELECT (SELECT count(*) FROM outbox) AS outbox,
       (SELECT count(*) FROM outbox_aside) AS aside,
       (SELECT count(*) FROM dead_letter) AS parked
"""

EPOCH = "SELECT epoch FROM sequence_epoch"

# What each list holds by the ledger's account, and by the persons themselves: who is declined or withdrawn holds
# nothing.
LEDGER_PLACES = """
SELECT list_id AS key, sum(requested)::integer AS requested, sum(placed)::integer AS placed,
       sum(settled)::integer AS settled
FROM ledger_list GROUP BY list_id
"""
LIST_PLACES = """
SELECT list_id AS key,
       count(*) FILTER (WHERE status IN ('requested', 'accepted'))::integer AS requested,
       count(*) FILTER (WHERE status = 'placed')::integer AS placed,
       count(*) FILTER (WHERE status = 'settled')::integer AS settled
FROM person GROUP BY list_id
"""

# Of a person folder that is open letters has a copy, with name and address; of one that is closed the row, empty.
COPIED_FOLDERS = """
SELECT list_id || '/' || running_number AS key, version AS sequence FROM folder_copy WHERE NOT closed
"""


@dataclass(frozen=True, slots=True)
class Queues:
    """What waits at one process. outbox: to be sent. aside: refused by Kafka. parked: messages that failed."""

    outbox: int
    aside: int
    parked: int


class Database:
    """One database, as its own process sees it. Every method raises CannotCompareError."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        with self._told():
            self._connection = psycopg.connect(
                url, connect_timeout=10, options=_OPTIONS, row_factory=dict_row, application_name="fordeling-reconcile"
            )
            self._connection.autocommit = True

    def close(self) -> None:
        """Leave the database."""
        self._connection.close()

    def kept(self, entity: Entity, keys: Sequence[str] | None = None) -> dict[str, Mark]:
        """Read an owner's rows, by key."""
        fields = entity.fields
        return {
            row["key"]: Mark(row["sequence"], digest(entity.body(row["body"]), fields))
            for row in self._rows(entity.rows, keys)
        }

    def shown(self, entity: Entity, keys: Sequence[str] | None = None) -> dict[str, Mark]:
        """Read the read model's rows. One whose columns say other than its body is as one that cannot be read."""
        assert entity.read_model is not None
        return {
            row["key"]: Mark(row["sequence"], whole=digest(entity.body(row["body"])) if row["agrees"] else UNREADABLE)
            for row in self._rows(entity.read_model, keys)
        }

    def failing(self, check: Check) -> list[str]:
        """Tell the keys for which a check does not hold."""
        return [row["key"] for row in self._rows(check.rows)]

    def places(self, statement: str) -> dict[str, tuple[int, int, int]]:
        """Tell what each list holds: requested, placed, settled."""
        return {row["key"]: (row["requested"], row["placed"], row["settled"]) for row in self._rows(statement)}

    def copies(self, statement: str) -> dict[str, Mark]:
        """Tell of which records it has copies, and of which version."""
        return {row["key"]: Mark(row["sequence"]) for row in self._rows(statement)}

    def epoch(self) -> int:
        """Tell the epoch of its sequences."""
        [row] = self._rows(EPOCH)
        return int(row["epoch"])

    def queues(self) -> Queues:
        """Count what waits."""
        [row] = self._rows(QUEUES)
        return Queues(**row)

    def _rows(self, statement: str, keys: Sequence[str] | None = None) -> Iterator[Mapping[str, Any]]:
        parameters = {"keys": None if keys is None else list(keys)}
        with self._told(), self._connection.transaction(), self._connection.cursor(name="rows") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(statement.encode(), parameters)
            yield from cursor

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
            raise CannotCompareError(
                f"The database of {self.name} has not the tables this release knows: fordeling migrate"
            ) from error
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise CannotCompareError(f"The database of {self.name} cannot be read: {reason}") from error
        except psycopg.Error as error:
            # Its text may hold what a row holds.
            raise CannotCompareError(
                f"The database of {self.name} cannot be read: {type(error).__name__} ({error.sqlstate})"
            ) from error
