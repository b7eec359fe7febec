"""Starting the kinds of stacks that faults need: one of each kind in a run, for all its faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from ops.embedded.ports import free_ports
from ops.embedded.postgres import Postgres
from ops.stack import databases
from ops.stack.choices import reopen
from ops.stack.environment import DATABASES, KAFKA
from ops.stack.layout import Layout
from ops.testing.held import Held
from ops.testing.kafka_cluster import kafka_cluster
from ops.testing.postgres_proxy import postgres_proxy
from ops.testing.small_disk import NotPossibleHereError, SmallDisk, small_disk
from ops.testing.stacks import running_stack
from tests.faults.machine import QUICKER, Kind, Machine

PASSWORD = "rig"
POSTGRES_MEGABYTES = 600
OBJECTS_MEGABYTES = 64


@contextmanager
def plain(folder: Path) -> Iterator[Machine]:
    """Keep a stack as ``fordeling up`` starts it."""
    with started(Kind.PLAIN, folder, {}) as machine:
        yield machine


@contextmanager
def started(kind: Kind, folder: Path, environment: Mapping[str, str]) -> Iterator[Machine]:
    """Keep a stack with switches for faults; what ``environment`` names is not embedded (KAFKA_BOOTSTRAP_SERVERS …)."""
    faults = folder / "faults"
    faults.mkdir(parents=True, exist_ok=True)
    given = {"FORDELING_FAULTS": str(faults), "LOG_FORMAT": "json", **QUICKER, **environment}
    with running_stack(folder / "stack", "--no-demo", environment=given) as running:
        stack = reopen(running.data_dir)
        assert stack is not None
        yield Machine(kind, stack, running.environment, faults)


@contextmanager
def cluster(folder: Path) -> Iterator[Machine]:
    """Keep a stack over three Kafka nodes. parts: ``kafka``, the cluster."""
    with (
        kafka_cluster(folder) as kafka,
        started(Kind.CLUSTER, folder, {KAFKA: kafka.bootstrap_servers}) as machine,
    ):
        machine.parts["kafka"] = kafka
        yield machine


@contextmanager
def small_disks(folder: Path) -> Iterator[Machine]:
    """Keep a stack whose PostgreSQL, behind a proxy, and whose letters are each on a small disk.

    parts: ``disk`` and ``objects``, or why this machine has none; ``proxy``; ``superuser``, which goes around it.
    """
    layout = Layout(folder / "stack")
    with ExitStack() as exits:
        layout.run.mkdir(
            parents=True, exist_ok=True
        )  # else a folder with something mounted in it is taken for another's
        objects = _disk(exits, layout.objects, OBJECTS_MEGABYTES)
        disk = _disk(exits, folder / "disk", POSTGRES_MEGABYTES)
        [port] = free_ports(1)
        server = Postgres(folder / "disk" / "postgres", port, PASSWORD)
        held = Held(server, folder / "postgres.log")
        exits.callback(held.stop)
        held.start()
        held.wait_ready()
        exits.enter_context(held.kept_running())
        databases.create(server.url(), DATABASES, dict.fromkeys((one.role for one in DATABASES), PASSWORD))
        proxy = exits.enter_context(postgres_proxy(0, port))
        urls = {one.variable: proxy.url(server.url(one.name, one.role, PASSWORD)) for one in DATABASES}
        machine = exits.enter_context(started(Kind.SMALL_DISK, folder, urls))
        machine.parts |= {"disk": disk, "objects": objects, "proxy": proxy, "superuser": server.url}
        yield machine


def _disk(exits: ExitStack, folder: Path, megabytes: int) -> SmallDisk | NotPossibleHereError:
    try:
        return exits.enter_context(small_disk(folder, megabytes))
    except NotPossibleHereError as error:
        return error  # the stack runs without; the fault that needs it says so


MACHINES: Mapping[Kind, Callable[[Path], AbstractContextManager[Machine]]] = {
    Kind.PLAIN: plain,
    Kind.CLUSTER: cluster,
    Kind.SMALL_DISK: small_disks,
}
