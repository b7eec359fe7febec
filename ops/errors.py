"""What the person at the keyboard is told when something cannot be done."""

from __future__ import annotations


class UserError(Exception):
    """Something the reader can mend: one line saying what is wrong and what to do. Shown without a traceback."""

    exit_status = 1
    """What the command exits with."""


class BrokerError(UserError):
    """No Kafka answers, or it refused."""

    exit_status = 2


class DatabaseAwayError(UserError):
    """A database that the command needs does not answer."""

    exit_status = 2

    def __init__(self, service: str, reason: str) -> None:
        super().__init__(
            f"The database of {service} cannot be reached ({reason}): start it, or mend {service.upper()}_DATABASE_URL "
            "(fordeling doctor)."
        )
