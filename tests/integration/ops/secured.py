"""A Kafka that is reached by TLS and a password only, and that refuses what no right allows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ops.embedded.install import install_jars
from ops.embedded.kafka import JARS, Kafka, answers_metadata
from ops.embedded.launch import running
from ops.embedded.ports import LOOPBACK, free_ports
from ops.kafka_secrets import USERS, certificate, sign_in
from ops.topics.access import OPERATIONS


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
        users = sign_in({name: password_of(name) for name in USERS}, ["clients"])
        return (
            Kafka.config(self)
            | users
            | {
                "listeners": f"CLIENTS://{LOOPBACK}:{self.port},CONTROLLER://{LOOPBACK}:{self.controller_port}",
                "listener.security.protocol.map": "CLIENTS:SASL_SSL,CONTROLLER:PLAINTEXT",
                "inter.broker.listener.name": "CLIENTS",
                "sasl.mechanism.inter.broker.protocol": "PLAIN",
                "sasl.enabled.mechanisms": "PLAIN",
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(self.home / "server.pem"),
                "ssl.truststore.type": "PEM",
                "ssl.truststore.location": str(self.certificate_authority),
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                # Nobody is anonymous but the controller, on the loopback address.
                "super.users": f"User:{OPERATIONS};User:ANONYMOUS",
            }
        )

    def ready(self) -> bool:
        return answers_metadata(self.bootstrap_servers, 2, self.security(OPERATIONS))


@contextmanager
def secured_kafka(folder: Path) -> Iterator[Secured]:
    """Keep such a broker, with a certificate of its own, for as long as the block lasts."""
    install_jars(JARS)
    port, controller_port = free_ports(2)
    broker = Secured(folder, port, controller_port)
    folder.mkdir(parents=True, exist_ok=True)
    server, authority = certificate([], [LOOPBACK], valid=timedelta(days=1))
    (folder / "server.pem").write_bytes(server)
    broker.certificate_authority.write_bytes(authority)
    with running(broker, folder.with_suffix(".log")):
        yield broker
