"""A Kafka that is reached by TLS and a password only, and that says who may do what: by a profile, and by services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
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
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from faststream.kafka import KafkaBroker

from chassis.kafka import BrokerUnreachableError, faststream_options, wait_for_broker
from chassis.settings import Settings
from ops.embedded.install import install_jars
from ops.embedded.kafka import JARS, Kafka, answers_metadata
from ops.embedded.launch import running
from ops.embedded.ports import LOOPBACK, free_ports
from ops.embedded.waiting import wait_until
from tests.integration.ops.test_dead_letters import command, one_line

pytestmark = pytest.mark.heavy

PASSWORD = "of-operations"
USERS = {"operations": PASSWORD, "distribution": "of-distribution"}


@dataclass(frozen=True, slots=True)
class Secured(Kafka):
    """A broker with one listener for clients, by TLS and SASL PLAIN, and with access rights."""

    @property
    def security(self) -> dict[str, str]:
        """What librdkafka is told to reach it."""
        return {
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": str(self.home / "ca.pem"),
            "sasl.mechanism": "PLAIN",
            "sasl.username": "operations",
            "sasl.password": PASSWORD,
        }

    def config(self) -> dict[str, str]:
        users = " ".join(f'user_{name}="{password}"' for name, password in USERS.items())
        login = f'username="operations" password="{PASSWORD}"'
        return Kafka.config(self) | {
            "listeners": f"CLIENTS://{LOOPBACK}:{self.port},CONTROLLER://{LOOPBACK}:{self.controller_port}",
            "listener.security.protocol.map": "CLIENTS:SASL_SSL,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "CLIENTS",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.clients.plain.sasl.jaas.config": (
                f"org.apache.kafka.common.security.plain.PlainLoginModule required {login} {users};"
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.home / "server.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.home / "ca.pem"),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:operations;User:ANONYMOUS",
        }

    def ready(self) -> bool:
        return answers_metadata(self.bootstrap_servers, 2, self.security)


def write_certificate(folder: Path) -> None:
    """Write a key with its certificate for this machine, and the certificate again as what clients trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kafka")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    ).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.pem").write_bytes(secret + made)
    (folder / "ca.pem").write_bytes(made)


@pytest.fixture(scope="module")
def secured(scratch: Path) -> Iterator[Secured]:
    install_jars(JARS)
    port, controller_port = free_ports(2)
    broker = Secured(scratch / "secured", port, controller_port)
    write_certificate(broker.home)
    with running(broker, scratch / "secured.log"):
        yield broker


@pytest.fixture
def profile(secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the profile ``secured``, and one with a wrong password; whatever a test sets is gone after it."""
    text = f"""
[NAME.kafka]
bootstrap_servers = "{secured.bootstrap_servers}"
security_protocol = "SASL_SSL"
ca_file = "{secured.home / "ca.pem"}"
sasl_mechanism = "PLAIN"
sasl_username = "operations"
sasl_password_file = "NAME"
"""
    file = tmp_path / "profiles.toml"
    file.write_text(text.replace("NAME", "secured") + text.replace("NAME", "wrong"))
    (tmp_path / "secured").write_text(f"{PASSWORD}\n")
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


def settings(secured: Secured, password: str = USERS["distribution"]) -> Settings:
    return Settings(
        kafka_bootstrap_servers=secured.bootstrap_servers,
        database_url="-",
        kafka_security_protocol="SASL_SSL",
        kafka_ca_file=str(secured.home / "ca.pem"),
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
    admin = AdminClient({"bootstrap.servers": secured.bootstrap_servers, **secured.security})
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
