"""What a Kafka that trusts nobody needs: a certificate, and who may sign in with what password."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contracts.access import PRINCIPALS
from ops.topics.access import OPERATIONS

USERS = (*PRINCIPALS, OPERATIONS)
VALID = timedelta(days=730)


def certificate(names: Sequence[str], addresses: Sequence[str], *, valid: timedelta = VALID) -> tuple[bytes, bytes]:
    """Make a key and a certificate that is its own authority, for a broker under these names and IP addresses.

    Returns the key with the certificate (PEM, the broker's), and the certificate alone (PEM, what clients trust).
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kafka")])
    hosts = [*map(x509.DNSName, names), *(x509.IPAddress(ip_address(each)) for each in addresses)]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + valid)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    ).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret + made, made


def sign_in(passwords: Mapping[str, str], listeners: Sequence[str]) -> dict[str, str]:
    """Write the broker's settings that say who may sign in on these listeners (SASL PLAIN).

    passwords: by user, ``operations`` among them, as whom the broker signs in on itself.
    """
    users = " ".join(f'user_{name}="{password}"' for name, password in passwords.items())
    itself = f'username="{OPERATIONS}" password="{passwords[OPERATIONS]}"'
    module = f"org.apache.kafka.common.security.plain.PlainLoginModule required {itself} {users};"
    return {f"listener.name.{listener}.plain.sasl.jaas.config": module for listener in listeners}


def write(folder: Path) -> None:
    """Write what deploy/compose.yaml mounts: a certificate, a password each, and the broker's list of them.

    What is there stays; the list is written anew, for it follows from the passwords.
    """
    if not (folder / "kafka-server").exists():
        server, authority = certificate(["kafka", "localhost"], ["127.0.0.1"])
        (folder / "kafka-server").write_bytes(server)
        (folder / "kafka-ca").write_bytes(authority)
    passwords = {}
    for user in USERS:
        file = folder / f"kafka-password-{user}"
        if not file.exists():
            file.write_text(secrets.token_urlsafe(32))
        passwords[user] = file.read_text().strip()
    settings = sign_in(passwords, ["clients", "external"])
    (folder / "kafka-users").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
