"""Installing what is missing beside the Python packages, once for all stacks of this tree."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.embedded import archive, browser_files, kafka, oidc
from ops.embedded.jars import JarSet, Progress, silent
from ops.embedded.kafka import Kafka
from ops.embedded.launch import Part
from ops.embedded.oidc import Oidc
from ops.embedded.ports import free_ports
from ops.paths import INSTALL


@contextmanager
def _only_one() -> Iterator[None]:
    """Held by one process at a time; the others wait, and then find it done."""
    INSTALL.mkdir(exist_ok=True)
    with (INSTALL / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install_jars(jars: JarSet, fetched: Progress = silent) -> None:
    """Install a Java program's libraries unless they are; ``fetched(done, total)`` tells how far it has come."""
    if jars.installed():
        return
    with _only_one():
        jars.install(fetched)


def install_browser_files() -> None:
    """Install the npm packages unless they are."""
    if browser_files.installed():
        return
    with _only_one():
        if not browser_files.installed():
            browser_files.install()


def make_archive(jars: JarSet) -> None:
    """Make a Java program's archive of loaded classes unless there is one. Its libraries must be installed."""
    if archive.archive(jars).exists():
        return
    with _only_one():
        archive.make(jars, _TRAINING[jars.name])


def _kafka(home: Path, training: Path) -> Part:
    port, controller_port = free_ports(2)
    return Kafka(home, port, controller_port, training=training)


def _oidc(home: Path, training: Path) -> Part:
    return Oidc(home, free_ports(1)[0], training=training)


_TRAINING = {kafka.JARS.name: _kafka, oidc.JARS.name: _oidc}
