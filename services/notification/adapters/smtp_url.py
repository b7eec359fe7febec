"""Where the mail server is, and how what is said to it is kept from others."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit


class SmtpUrlError(ValueError):
    """The URL of a mail server is none."""


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """Where the mail server is. ``tls``: from the first byte; else by STARTTLS."""

    host: str
    port: int
    tls: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> SmtpUrl:
        """Read ``smtp://host:port`` or ``smtps://user:password@host``. Raises SmtpUrlError, which tells no value."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise SmtpUrlError("its port is no number") from None
        if parts.scheme not in {"smtp", "smtps"}:
            raise SmtpUrlError("it must begin with smtp:// or smtps://")
        if not parts.hostname:
            raise SmtpUrlError("it names no host")
        tls = parts.scheme == "smtps"
        username = unquote(parts.username) if parts.username else None
        password = unquote(parts.password or "") if username else None
        usual = 465 if tls else 587 if username else 25
        return cls(parts.hostname, port or usual, tls, username, password)

    def start_tls(self, *, plain: bool) -> bool | None:
        """Whether STARTTLS is demanded; None for where it is offered. ``plain``: mails may go in the clear.

        In the clear goes nothing that leaves this machine, unless it was said so, and never a password.
        """
        if self.tls:
            return False
        return True if self.username or not (plain or _is_this_machine(self.host)) else None


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Make what certificates are checked against: the machine's authorities, or those of a file alone (PEM).

    Raises OSError (ssl.SSLError is one), where the file is none.
    """
    return ssl.create_default_context(cafile=ca_file)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
