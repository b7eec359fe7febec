"""Settings from the environment, checked at start."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.broker.kafka_security import FIELDS, KafkaSecurity, SecurityError
from chassis.variables import SettingsError, read_variable


class LogFormat(StrEnum):
    """How a log line is written."""

    JSON = "json"
    CONSOLE = "console"


class Settings(BaseSettings):
    """What every process needs. A service extends it with its own fields.

    Each field is read from ``<NAME>_<FIELD>`` (e.g. ``STOCK_DATABASE_URL``) and else from ``<FIELD>``. Either may
    be given as the name of a file instead, with ``_FILE`` behind the variable: see ``chassis.variables``. Times are in
    seconds.
    """

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True)

    kafka_bootstrap_servers: str
    kafka_security_protocol: str = "PLAINTEXT"
    """PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""
    kafka_ca_file: str = ""
    kafka_certificate_file: str = ""
    kafka_key_file: str = ""
    kafka_sasl_mechanism: str = ""
    """PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."""
    kafka_sasl_username: str = ""
    kafka_sasl_password: str = Field(default="", repr=False)
    database_url: str = Field(repr=False)
    version: str = "dev"
    health_host: str = "127.0.0.1"
    health_port: int = 0
    log_format: LogFormat = LogFormat.JSON
    log_level: str = "INFO"

    broker_wait: float = 30.0
    """How long a starting process waits for a broker."""
    pool_min_size: int = 1
    pool_max_size: int = 8
    lock_timeout: float = 2.0
    statement_timeout: float = 30.0

    batch_records: int = Field(default=1000, ge=1)
    """Most records taken from Kafka at once, per topic."""
    batch_seconds: float = Field(default=0.25, gt=0)
    """A batch has no more records than are likely to be handled in this time: nobody waits behind it for longer."""
    chunk_records: int = Field(default=1000, ge=1)
    """Most records handled in one database transaction, however quickly they are."""
    chunk_seconds: float = Field(default=0.1, gt=0)
    """A transaction takes no more records than are likely to be handled in this time, and is closed once it has lasted
    this long: nobody waits behind an import."""
    contention_tries: int = Field(default=5, ge=1)
    """Tries of a record that meets deadlocks or lock time-outs, before it is parked."""

    outbox_limit: int = Field(default=200_000, ge=1)
    """With about so many rows unsent no further records are taken: they wait in Kafka."""
    outbox_alarm_after: float = 60.0
    """A row unsent for longer is an alarm."""
    waiting_alarm_after: float = 900.0
    """A task that has waited for longer, for something that should have come, is an alarm."""

    relay_window: int = Field(default=2000, ge=1)
    """Most rows sent in one Kafka transaction; 4 MB of them at most, but for a single larger one."""
    relay_poll: float = 1.0
    relay_lease: float = 10.0
    """PostgreSQL ends a leader's session after this long without a sign of life: then another may lead."""
    transaction_timeout: float = 30.0
    """Kafka aborts a relay's open transaction after this long."""
    stuck_after: float = 120.0
    """A send or a consumer without progress for this long is given up; a process that stays so ends itself."""
    look_every: float = Field(default=5.0, gt=0)
    """Between two looks of a process at itself: whether it gets on, and what it has not done yet."""
    session_timeout: float = Field(default=10.0, ge=6.0)
    """The broker gives a dead consumer's partitions away after this long; brokers take 6 s at least."""
    metadata_age: float = Field(default=30.0, gt=0)
    """What a client knows of topics it asks anew after this long: one that was made, or made again, is read from then
    on. aiokafka's default is five minutes."""
    visible_within: float = Field(default=15.0, gt=0)
    """What the relay has committed is sent again where nobody can read it after this long."""
    roll_every: float = Field(default=21_600.0, gt=0)
    """So often a state topic's partitions get a record that closes their segments: no longer than ``segment.ms``."""
    stop_timeout: float = 20.0

    @property
    def kafka_security(self) -> KafkaSecurity:
        """How the brokers are reached. Raises SettingsError where the settings contradict each other."""
        try:
            return KafkaSecurity(**{name: getattr(self, f"kafka_{name}") for name in FIELDS})
        except SecurityError as error:
            raise SettingsError(str(error)) from None

    @classmethod
    def for_service(cls, name: str) -> Self:
        """Read the environment for the process ``name``. Raises SettingsError."""
        prefix = f"{name.upper().replace('-', '_')}_"
        given = {}
        for field in cls.model_fields:
            for variable in (f"{prefix}{field.upper()}", field.upper()):
                value = read_variable(os.environ, variable)
                if value is not None:
                    given[field] = value
                    break
        try:
            made = cls(**given)  # type: ignore[arg-type]
        except ValidationError as error:
            raise SettingsError(_explain(error, prefix)) from None
        _ = made.kafka_security  # a mistake in it ends the start, not the first connection
        return made


def _explain(error: ValidationError, prefix: str) -> str:
    problems = []
    for problem in error.errors(include_input=False, include_url=False):
        field = str(problem["loc"][0]).upper()
        problems.append(f"{field} (or {prefix}{field}): {problem['msg']}")
    return "; ".join(problems)
