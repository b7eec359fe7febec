"""A Kafka that is reached by TLS and a password only, and that says who may do what: by a profile, and by services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from faststream.kafka import KafkaBroker

from chassis.broker.kafka import BrokerUnreachableError, faststream_options, wait_for_broker
from chassis.settings import Settings
from ops.embedded.waiting import wait_until
from ops.topics.access import OPERATIONS
from tests.integration.ops.secured import Secured, password_of, secured_kafka
from tests.integration.ops.test_dead_letters import command, one_line

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def secured(scratch: Path) -> Iterator[Secured]:
    with secured_kafka(scratch / "secured") as broker:
        yield broker


@pytest.fixture
def profile(secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the profile ``secured``, and one with a wrong password; whatever a test sets is gone after it."""
    text = f"""
[NAME.kafka]
bootstrap_servers = "{secured.bootstrap_servers}"
security_protocol = "SASL_SSL"
ca_file = "{secured.certificate_authority}"
sasl_mechanism = "PLAIN"
sasl_username = "operations"
sasl_password_file = "NAME"
"""
    file = tmp_path / "profiles.toml"
    file.write_text(text.replace("NAME", "secured") + text.replace("NAME", "wrong"))
    (tmp_path / "secured").write_text(f"{password_of('operations')}\n")
    (tmp_path / "wrong").write_text("something else")
    monkeypatch.setenv("FORDELING_PROFILES", str(file))
    for name in (
        "SECURITY_PROTOCOL",
        "CA_FILE",
        "SASL_MECHANISM",
        "SASL_USERNAME",
        "SASL_PASSWORD",
        "BOOTSTRAP_SERVERS",
    ):
        monkeypatch.setenv(f"KAFKA_{name}", "")
    monkeypatch.setenv("FORDELING_PROFILE", "")
    return file


def settings(secured: Secured, password: str = password_of("distribution")) -> Settings:
    return Settings(
        kafka_bootstrap_servers=secured.bootstrap_servers,
        database_url="-",
        kafka_security_protocol="SASL_SSL",
        kafka_ca_file=str(secured.certificate_authority),
        kafka_sasl_mechanism="PLAIN",
        kafka_sasl_username="distribution",
        kafka_sasl_password=password,
    )


def test_the_command_line_reaches_it_by_a_profile(profile: Path) -> None:
    """Topics are made, listed and read over TLS with a password; a wrong password is told in one line, status 2."""
    assert profile.exists()
    made = command("--profile", "secured", "topics", "create", "--json")
    assert made.returncode == 0, made.stderr
    assert "distribution.events.v1" in json.loads(made.stdout)["created"]
    assert command("--profile", "secured", "topics", "tail", "distribution.events").returncode == 0
    refused = command("--profile", "wrong", "topics", "list")
    assert refused.returncode == 2
    assert "uthentication failed" in one_line(refused)
    nobody = command("--profile", "nobody", "topics", "list")
    assert (nobody.returncode, "There is no profile 'nobody'" in one_line(nobody)) == (1, True)


def test_access_rights_are_compared_with_the_registry(secured: Secured, profile: Path) -> None:
    """Who may write without being a producer, and which consumer may not read, are told by topic."""
    assert profile.exists()
    assert command("--profile", "secured", "topics", "create").returncode == 0
    rights = [
        AclBinding(
            ResourceType.TOPIC,
            "letters.events.v1",
            ResourcePatternType.LITERAL,
            who,
            "*",
            operation,
            AclPermissionType.ALLOW,
        )
        for who, operation in (("User:letters", AclOperation.WRITE), ("User:stranger", AclOperation.READ))
    ]
    admin = AdminClient({"bootstrap.servers": secured.bootstrap_servers, **secured.security(OPERATIONS)})
    for done in admin.create_acls(rights).values():
        done.result()
    assert wait_until(lambda: command("--profile", "secured", "topics", "check").returncode == 3, 30)
    checked = command("--profile", "secured", "topics", "check", "--json")
    drift = {
        (each["what"], each["wanted"], each["found"])
        for each in json.loads(checked.stdout)["drift"]
        if each["topic"] == "letters.events.v1"
    }
    assert ("may read", "nobody else", "User:stranger") in drift
    assert ("may read", "User:notification", "may not") in drift
    assert not [each for each in drift if each[0] == "may write"]


async def test_services_reach_it_by_the_same_settings(secured: Secured) -> None:
    """Both aiokafka and FastStream come through with the name and password; with a wrong one nobody does."""
    await wait_for_broker(settings(secured), seconds=20)
    broker = KafkaBroker(**faststream_options(settings(secured)))
    try:
        await broker.connect()
        assert await broker.ping(timeout=20)
    finally:
        await broker.stop()
    with pytest.raises(BrokerUnreachableError):
        await wait_for_broker(settings(secured, "wrong"), seconds=2)
