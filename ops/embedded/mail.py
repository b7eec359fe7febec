"""The embedded mail server as a part of the stack; the server itself is ``ops.embedded.inbox``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ops.embedded.http import get_ok
from ops.embedded.launch import Launch
from ops.embedded.ports import LOOPBACK

VERSION = version("aiosmtpd")


@dataclass(frozen=True, slots=True)
class Mail:
    """One server.

    home: folder that keeps the mails, one file each.
    smtp_port, web_port: where it takes mails and shows them, on the loopback address.
    """

    home: Path
    smtp_port: int
    web_port: int

    @property
    def smtp_url(self) -> str:
        """Where mails are handed over."""
        return f"smtp://{LOOPBACK}:{self.smtp_port}"

    @property
    def url(self) -> str:
        """The page with the mails."""
        return f"http://localhost:{self.web_port}"

    def prepare(self) -> None:
        """Make its folder, for its owner only: mails have addresses."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)

    def launch(self) -> Launch:
        """Run it."""
        where = (str(self.home), str(self.smtp_port), str(self.web_port))
        return Launch((sys.executable, "-m", "ops.embedded.inbox", *where), stop_seconds=5)

    def ready(self) -> bool:
        """Whether it takes mails and shows them: it listens for both before it answers."""
        return get_ok(f"http://{LOOPBACK}:{self.web_port}/readyz")
