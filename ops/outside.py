"""Errors of Kafka and PostgreSQL that no command has caught, in one line that holds nothing of what is stored."""

from __future__ import annotations

import sys
from urllib.error import URLError


def explain(error: Exception) -> str | None:
    """Say what of the outside world failed; None where it is something else. Loads no client that is not loaded."""
    for module, name, text in (
        ("confluent_kafka", "KafkaException", "Kafka did not do what was asked"),
        ("asyncpg", "PostgresError", "A database did not do what was asked"),
        ("asyncpg", "InterfaceError", "A database did not do what was asked"),
        ("psycopg", "Error", "A database did not do what was asked"),
        ("chassis.variables", "SettingsError", "The settings are wrong"),
    ):
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(error, kind):
            return f"{text} ({_reason(error)}): fordeling doctor"
    if isinstance(error, (ConnectionError, TimeoutError, URLError)):
        return f"Something that is needed does not answer ({type(error).__name__}): fordeling doctor"
    return None


def _reason(error: Exception) -> str:
    """Tell a Kafka error by its text, which is about the protocol; any other by its kind and code only."""
    first = error.args[0] if error.args else None
    if type(error).__name__ == "KafkaException" and first is not None and hasattr(first, "str"):
        return str(first.str())
    return " ".join(part for part in (type(error).__name__, str(getattr(error, "sqlstate", "") or "")) if part)
