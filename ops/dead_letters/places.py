"""Where messages may be parked: the database of every service and of the gateway, reached by the usual variables."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import asyncpg

from chassis import errors
from chassis.storage.database import Connection, prepare_connection, server_settings
from ops.errors import UserError
from ops.stack.environment import without_password
from ops.stack.programs import PROGRAMS

CONNECT_SECONDS = 10.0
STATEMENT_SECONDS = 60.0
NAME = "fordeling-dead-letters"

_LABEL = re.compile(r"([a-z]+):([0-9]{1,18})")


class DatabaseError(UserError):
    """A database could not be read."""

    exit_status = 2


@dataclass(frozen=True, slots=True)
class Label:
    """How a parked message is named: its number is unique within its service only. Written ``distribution:12``."""

    service: str
    id: int

    def __str__(self) -> str:
        return f"{self.service}:{self.id}"


def services(only: str | None = None) -> Sequence[str]:
    """Tell the names of those that park messages, or check the one that is asked for. Raises UserError."""
    names = [program.name for program in PROGRAMS if program.database is not None]
    if only is None:
        return names
    if only not in names:
        raise UserError(f"There is no service '{only}': choose among {', '.join(names)}.")
    return [only]


def is_label(text: str) -> bool:
    """Whether the text names one message."""
    found = _LABEL.fullmatch(text)
    return found is not None and found[1] in services()


def label(text: str) -> Label:
    """Read ``distribution:12``. Raises UserError."""
    found = _LABEL.fullmatch(text)
    if found is None:
        raise UserError(f"'{text}' is no id: write it as service:number, e.g. distribution:12.")
    [service] = services(found[1])
    return Label(service, int(found[2]))


@asynccontextmanager
async def database(service: str, variables: Mapping[str, str]) -> AsyncIterator[Connection]:
    """Open a service's database for the time of the block. Raises DatabaseError, in one line and without a password."""
    [variable] = [program.database for program in PROGRAMS if program.name == service]
    assert variable is not None
    url = variables.get(variable)
    if not url:
        raise DatabaseError(f"{variable} is not set: name the stack's folder with --data-dir, or set it.")
    with _told(service, url):
        connection = await asyncpg.connect(
            url,
            timeout=CONNECT_SECONDS,
            server_settings=server_settings(NAME, lock_timeout=10, statement_timeout=STATEMENT_SECONDS),
        )
        try:
            await prepare_connection(connection)
            yield connection
        finally:
            await connection.close(timeout=5)


@contextmanager
def _told(service: str, url: str) -> Iterator[None]:
    try:
        yield
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        raise DatabaseError(
            f"The database of {service} has not the tables this release knows: fordeling migrate {service}"
        ) from error
    except (*errors.DATABASE_ERRORS, TimeoutError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if _is_safe(error) else errors.name(error)
        where = without_password(url)
        raise DatabaseError(f"The database of {service} ({where}) cannot be reached: {reason}") from error


def _is_safe(error: BaseException) -> bool:
    """Whether an error's text is about the way to the database, and can hold nothing that is in it."""
    state = getattr(error, "sqlstate", None) or ""
    return bool(str(error).strip()) and (isinstance(error, OSError) or state.startswith(("28", "3D", "53", "57P")))
