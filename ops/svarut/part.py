"""The simulator as an embedded part of a stack."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_DNS, uuid5

from ops.embedded.http import get_ok
from ops.embedded.launch import Launch
from ops.embedded.ports import LOOPBACK
from ops.files import write

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa

VERSION = "REST v2"
AUDIENCE = "urn:fiks-svarut"
ACCOUNT = str(uuid5(NAMESPACE_DNS, "account.svarut.fordeling"))
INTEGRATION = str(uuid5(NAMESPACE_DNS, "integration.svarut.fordeling"))
SPEED = 600.0
"""Ten minutes in a second: what nobody reads is on paper after five minutes."""
NICENESS = 10
"""Nobody waits for it at a page: see ops/stack/programs.py."""


@dataclass(frozen=True, slots=True)
class Svarut:
    """One simulator.

    folder: for its database, documents, key and certificate. issuer: whose tokens it takes.
    speed: how many times as fast as the world's its clock runs from the first start on.
    """

    folder: Path
    port: int
    issuer: str
    password: str = field(repr=False)
    speed: float = SPEED

    @property
    def url(self) -> str:
        """Tell where it listens."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def certificate(self) -> Path:
        """Tell the file of the certificate to which senders encrypt."""
        return self.folder / "certificate.pem"

    @property
    def key(self) -> Path:
        """Tell the file of its private key."""
        return self.folder / "key.pem"

    def prepare(self) -> None:
        """Make its key and certificate."""
        if self.certificate.exists():
            return
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - long to load, and once in a lifetime
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        plain = serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        write(self.key, pem.decode(), private=True)
        certificate = _certificate(key)
        write(self.certificate, certificate.public_bytes(serialization.Encoding.PEM).decode())

    def launch(self) -> Launch:
        """Run it."""
        return Launch(
            (sys.executable, "-m", "ops.svarut"),
            environment={
                "SIMULATOR_FOLDER": str(self.folder),
                "SIMULATOR_PORT": str(self.port),
                "SIMULATOR_ISSUER": self.issuer,
                "SIMULATOR_PASSWORD": self.password,
                "SIMULATOR_SPEED": str(self.speed),
            },
            niceness=NICENESS,
        )

    def ready(self) -> bool:
        """Whether it serves."""
        return get_ok(f"{self.url}/readyz")


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    from cryptography import x509  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SvarUt simulator")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )


def write_key(path: Path) -> None:
    """Make the private key of who sends letters, a JWK with its ``kid``, unless it is there."""
    if not path.exists():
        from joserfc.jwk import RSAKey  # noqa: PLC0415 - as above

        key = RSAKey.generate_key(2048, auto_kid=True)
        write(path, json.dumps(key.as_dict(private=True)), private=True)
