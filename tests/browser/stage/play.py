"""The whole stage: broker, database, login provider, the invented owners, and the gateway as a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.topics import TOPICS
from ops.embedded.install import install_jars
from ops.embedded.kafka import JARS as KAFKA_JARS, Kafka
from ops.embedded.launch import Launch, running
from ops.embedded.oidc import JARS as OIDC_JARS, Oidc
from ops.embedded.ports import free_ports
from ops.embedded.postgres import Postgres
from ops.stack import topics as stack_topics
from ops.testing.databases import Databases
from tests.browser.stage.owner import Owner

ROOT = Path(__file__).parents[3]
SECONDS = 60.0


@dataclass(frozen=True)
class Stage:
    """address: where a browser goes. owner: who answers commands, and can be told not to."""

    address: str
    owner: Owner
    database_url: str
    bootstrap_servers: str


@contextmanager
def stage(folder: Path, *, port: int | None = None, command_wait: float = 3.0) -> Iterator[Stage]:
    """Everything from nothing; gone with the block."""
    install_jars(KAFKA_JARS)
    install_jars(OIDC_JARS)
    kafka_port, controller_port, postgres_port, oidc_port, health_port, gateway_port = free_ports(6)
    gateway_port = port or gateway_port
    kafka = Kafka(folder / "kafka", kafka_port, controller_port)
    postgres = Postgres(folder / "postgres", postgres_port, password="test", durable=False)
    oidc = Oidc(folder / "oidc", oidc_port)
    with ExitStack() as stack:
        for name, part in (("kafka", kafka), ("postgres", postgres), ("oidc", oidc)):
            stack.enter_context(running(part, folder / f"{name}.log"))
        stack_topics.create(kafka.bootstrap_servers, TOPICS, 1)
        databases = Databases(postgres)
        url = databases.migrated("gateway.migrations")
        objects = folder / "objects"
        objects.mkdir(exist_ok=True)
        owner = Owner(kafka.bootstrap_servers, objects)
        owner.tell_the_world()
        owner.start()
        stack.callback(owner.stop)
        address = f"http://localhost:{gateway_port}"
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "GATEWAY_DATABASE_URL": url,
            "GATEWAY_READER_DATABASE_URL": databases.reader(url),
            "GATEWAY_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(gateway_port),
            "GATEWAY_HEALTH_PORT": str(health_port),
            "GATEWAY_SECRET": "only-for-tests-of-pages",
            "GATEWAY_COMMAND_WAIT": str(command_wait),
            "GATEWAY_COMMANDS_WAITING": "40",  # one municipality's: 4
            "PUBLIC_URL": address,
            "OIDC_ISSUER": oidc.issuer("ansattporten"),
            "OIDC_CLIENT_ID": "fordeling",
            "OIDC_CLIENT_SECRET": "only-for-tests-of-pages",
            "OBJECT_STORE_URL": objects.as_uri(),
            "FORDELING_EMBEDDED": "1",
        }
        stack.enter_context(_gateway(environment, folder / "gateway.log", f"http://127.0.0.1:{health_port}/readyz"))
        _wait(f"{address}/readyz", folder / "gateway.log")
        yield Stage(address, owner, url, kafka.bootstrap_servers)


@contextmanager
def _gateway(environment: dict[str, str], log: Path, ready: str) -> Iterator[None]:
    launch = Launch((sys.executable, "-m", "gateway"), {**environment, "PYTHONPATH": str(ROOT)})
    process = launch.start(log)
    try:
        _wait(ready, log, process)
        yield
    finally:
        launch.stop(process)


def _wait(url: str, log: Path, process: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            pass
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > deadline:
            raise AssertionError(f"{url} is not ready: {log.read_text()[-3000:]}")
        time.sleep(0.1)


def main() -> None:
    """Run the stage until stopped: to look at pages by hand."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port = int(sys.argv[1]) if len(sys.argv) > 1 else None
    folder = Path(tempfile.mkdtemp(prefix="fordeling-stage-"))
    with stage(folder, port=port) as found:
        print(found.address, folder, flush=True)  # noqa: T201  for whoever started it
        signal.pause()


if __name__ == "__main__":
    main()
