"""Starting the kinds of stacks that faults need: one of each kind in a run, for all its faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from ops.stack.choices import reopen
from ops.testing.stacks import running_stack
from tests.faults.stage import Kind, Machine


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
    given = {"FORDELING_FAULTS": str(faults), "LOG_FORMAT": "json", **environment}
    with running_stack(folder / "stack", "--no-demo", environment=given) as running:
        stack = reopen(running.data_dir)
        assert stack is not None
        yield Machine(kind, stack, running.environment, faults)


MACHINES: Mapping[Kind, Callable[[Path], AbstractContextManager[Machine]]] = {Kind.PLAIN: plain}
