"""Clients of librdkafka as the command line makes them: quiet, and by TLS and SASL where the environment says so."""

from __future__ import annotations

import os
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from chassis.broker.kafka_security import FIELDS, KafkaSecurity, SecurityError
from chassis.variables import SettingsError, read_variable
from ops.errors import BrokerError, UserError

CONNECT_SECONDS = 10.0
GROUP = "fordeling-ops"
"""A group that nobody joins: a client of librdkafka needs the name of one to read at all."""

EARLIEST = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]

_TELLING = ("SASL", "SSL", "authenti", "certificate", "handshake", "resolve")


def security() -> KafkaSecurity:
    """Read from the environment, which a profile has filled, how brokers are reached. Raises UserError."""
    names = [f"KAFKA_{name.upper()}" for name in FIELDS]
    try:
        given = {name: read_variable(os.environ, name) or "" for name in names}
        return KafkaSecurity.of(given)
    except (SecurityError, SettingsError) as error:
        raise UserError(str(error)) from None


def options(bootstrap: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - librdkafka's values are of any type
    """Give a client's configuration; ``more`` with ``_`` for each dot. An absent broker is told in our own words."""
    return {
        "bootstrap.servers": bootstrap,
        "log_level": 0,
        "broker.address.family": "any",
        **security().librdkafka(),
        **{name if name.endswith("_cb") else name.replace("_", "."): value for name, value in more.items()},
    }


def reader(bootstrap: str, **more: Any) -> Consumer:  # noqa: ANN401 - as above
    """Make a consumer that belongs to no group and reads committed records only."""
    own = {"group_id": GROUP, "enable_auto_commit": False, "isolation_level": "read_committed"}
    return Consumer(options(bootstrap, **(own | more)))


def admin(bootstrap: str) -> AdminClient:
    """Make an admin client of a broker that answers. Raises BrokerError where none does, with the reason if known."""
    reasons: list[str] = []
    given = options(bootstrap, error_cb=lambda error: reasons.append(error.str()))
    client = AdminClient(given)
    try:
        client.list_topics(timeout=CONNECT_SECONDS)
    except KafkaException as error:
        client.poll(0.1)  # what it had to say meanwhile
        told = [each for each in reasons if any(word in each for word in _TELLING)]
        silent = error.args[0].code() in (KafkaError._TRANSPORT, KafkaError._TIMED_OUT)  # noqa: SLF001 - public names
        raise unreachable(bootstrap, told[0] if told else "" if silent else _text(error)) from None
    return client


def unreachable(bootstrap: str, reason: str) -> BrokerError:
    """Say that no broker answers, why, and what to do."""
    why = f" ({reason.split('://', 1)[-1]})" if reason else ""
    return BrokerError(
        f"No Kafka answers at {bootstrap}{why}. Is the stack up (fordeling status)? "
        "Else set KAFKA_BOOTSTRAP_SERVERS to a broker that is, or name a profile."
    )


def refused(error: KafkaException) -> BrokerError:
    """Say what the broker answered instead."""
    return BrokerError(f"The broker refused: {_text(error)}")


def _text(error: KafkaException) -> str:
    found = error.args[0] if error.args else None
    if not isinstance(found, KafkaError):
        return "no answer"
    if found.name().endswith("AUTHORIZATION_FAILED"):
        # Its own text may be a dump of the request; ours is the code's.
        return KafkaError(found.code()).str().removeprefix("Broker: ")
    return found.str()
