"""A Kafka that is reached by TLS and a password only, and that refuses what no right allows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contracts.access import PRINCIPALS
from ops.embedded.install import install_jars
from ops.embedded.kafka import JARS, Kafka, answers_metadata
from ops.embedded.launch import running
from ops.embedded.ports import LOOPBACK, free_ports
from ops.topics.access import OPERATIONS

USERS = (*PRINCIPALS, OPERATIONS)


def password_of(user: str) -> str:
    return f"of-{user}"


@dataclass(frozen=True, slots=True)
class Secured(Kafka):
    """A broker with one listener for clients, by TLS and SASL PLAIN, and with access rights."""

    @property
    def certificate_authority(self) -> Path:
        """PEM of what clients trust."""
        return self.home / "ca.pem"

    def variables(self, user: str) -> dict[str, str]:
        """Tell the variables by which a process of ours signs in as somebody."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_CA_FILE": str(self.certificate_authority),
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_USERNAME": user,
            "KAFKA_SASL_PASSWORD": password_of(user),
        }

    def security(self, user: str) -> dict[str, str]:
        """Tell what librdkafka is told to sign in as somebody."""
        return {
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": str(self.certificate_authority),
            "sasl.mechanism": "PLAIN",
            "sasl.username": user,
            "sasl.password": password_of(user),
        }

    def config(self) -> dict[str, str]:
        users = " ".join(f'user_{name}="{password_of(name)}"' for name in USERS)
        login = f'username="{OPERATIONS}" password="{password_of(OPERATIONS)}"'
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
            "ssl.truststore.location": str(self.certificate_authority),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{OPERATIONS};User:ANONYMOUS",  # nobody is anonymous but the controller, on loopback
        }

    def ready(self) -> bool:
        return answers_metadata(self.bootstrap_servers, 2, self.security(OPERATIONS))


@contextmanager
def secured_kafka(folder: Path) -> Iterator[Secured]:
    """Keep such a broker, with a certificate of its own, for as long as the block lasts."""
    install_jars(JARS)
    port, controller_port = free_ports(2)
    broker = Secured(folder, port, controller_port)
    _write_certificate(folder)
    with running(broker, folder.with_suffix(".log")):
        yield broker


def _write_certificate(folder: Path) -> None:
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
