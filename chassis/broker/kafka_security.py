"""How Kafka is reached where it is not on a network of its own: TLS and SASL, in the words of both clients."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
FIELDS = (
    "security_protocol",
    "ca_file",
    "certificate_file",
    "key_file",
    "sasl_mechanism",
    "sasl_username",
    "sasl_password",
)
"""The variable of each is ``KAFKA_`` and the field in capitals."""


class SecurityError(ValueError):
    """The settings contradict each other; the text names the variables, never their values."""


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """Settings of the way to the brokers, checked.

    ca_file: PEM of the authorities that are trusted; empty: the machine's own. certificate_file, key_file: PEM of what
    this client shows, where the brokers ask for it. The password comes from a file or the environment.
    """

    security_protocol: str = "PLAINTEXT"
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    sasl_mechanism: str = ""
    sasl_username: str = ""
    sasl_password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.security_protocol not in PROTOCOLS:
            raise SecurityError(f"KAFKA_SECURITY_PROTOCOL: choose among {', '.join(PROTOCOLS)}")
        if self.signs_in and self.sasl_mechanism not in MECHANISMS:
            raise SecurityError(f"KAFKA_SASL_MECHANISM: choose among {', '.join(MECHANISMS)}")
        for name in ("sasl_username", "sasl_password"):
            if self.signs_in and not getattr(self, name):
                raise SecurityError(f"KAFKA_{name.upper()}: is needed with {self.security_protocol}")
        for name in ("ca_file", "certificate_file", "key_file"):
            if self.encrypts and getattr(self, name) and not Path(getattr(self, name)).is_file():
                raise SecurityError(f"KAFKA_{name.upper()}: there is no such file")
        if bool(self.certificate_file) != bool(self.key_file):
            raise SecurityError("KAFKA_CERTIFICATE_FILE and KAFKA_KEY_FILE: give both or neither")

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> KafkaSecurity:
        """Read it from variables, ``KAFKA_SECURITY_PROTOCOL`` and so on. Raises SecurityError."""
        given = {name: variables.get(f"KAFKA_{name.upper()}", "") for name in FIELDS}
        return cls(**{name: value for name, value in given.items() if value})

    @property
    def encrypts(self) -> bool:
        """Whether the connection is TLS."""
        return self.security_protocol.endswith("SSL")

    @property
    def signs_in(self) -> bool:
        """Whether the client has a name and a password."""
        return self.security_protocol.startswith("SASL")

    def aiokafka(self) -> dict[str, Any]:
        """Give the options of an aiokafka client; nothing for a plain connection."""
        options: dict[str, Any] = {}
        if self.security_protocol != "PLAINTEXT":
            options["security_protocol"] = self.security_protocol
        if self.encrypts:
            options["ssl_context"] = _context(self.ca_file, self.certificate_file, self.key_file)
        if self.signs_in:
            options["sasl_mechanism"] = self.sasl_mechanism
            options["sasl_plain_username"] = self.sasl_username
            options["sasl_plain_password"] = self.sasl_password
        return options

    def librdkafka(self) -> dict[str, str]:
        """Give the options of a librdkafka client; nothing for a plain connection."""
        options = {}
        if self.security_protocol != "PLAINTEXT":
            options["security.protocol"] = self.security_protocol
        if self.encrypts:
            files = {
                "ssl.ca.location": self.ca_file,
                "ssl.certificate.location": self.certificate_file,
                "ssl.key.location": self.key_file,
            }
            options |= {name: file for name, file in files.items() if file}
        if self.signs_in:
            options["sasl.mechanism"] = self.sasl_mechanism
            options["sasl.username"] = self.sasl_username
            options["sasl.password"] = self.sasl_password
        return options


@lru_cache(maxsize=4)
def _context(ca_file: str, certificate_file: str, key_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or None)
    if certificate_file:
        context.load_cert_chain(certificate_file, key_file)
    return context
