"""The folder of one stack: everything that it keeps is in there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths under a data folder. ``run`` holds what is only true while the stack runs; ``secrets`` are mode 600."""

    data: Path

    @property
    def ports(self) -> Path:
        """Ports chosen at the first start and kept."""
        return self.data / "stack.json"

    @property
    def secrets(self) -> Path:
        """Generated passwords."""
        return self.data / "secrets.json"

    @property
    def run(self) -> Path:
        """What describes the running stack."""
        return self.data / "run"

    @property
    def environment(self) -> Path:
        """What the running stack was started with, passwords included."""
        return self.run / "environment.json"

    @property
    def supervisor(self) -> Path:
        """The supervisor's configuration."""
        return self.run / "supervisord.conf"

    @property
    def logs(self) -> Path:
        """A log for each process."""
        return self.data / "logs"

    def log(self, process: str) -> Path:
        """Where a process's output goes."""
        return self.logs / f"{process}.log"

    @property
    def kafka(self) -> Path:
        """Configuration and records of the embedded broker."""
        return self.data / "kafka"

    @property
    def postgres(self) -> Path:
        """The embedded cluster."""
        return self.data / "postgres"

    @property
    def oidc(self) -> Path:
        """Configuration of the embedded login provider."""
        return self.data / "oidc"

    @property
    def mail(self) -> Path:
        """The mails that the embedded mail server has taken."""
        return self.data / "mail"

    @property
    def svarut(self) -> Path:
        """What the embedded SvarUt keeps."""
        return self.data / "svarut"

    @property
    def machine_key(self) -> Path:
        """The private key with which letters asks the embedded Maskinporten for tokens."""
        return self.data / "maskinporten-key.json"

    @property
    def objects(self) -> Path:
        """The embedded object store."""
        return self.data / "objects"

    @property
    def demo(self) -> Path:
        """There once the demonstration data has been loaded."""
        return self.data / "demo-loaded"
