from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from ops.testing.stacks import RunningStack, running_stack


@pytest.fixture(scope="session")
def two_stacks(scratch: Path) -> Iterator[tuple[RunningStack, RunningStack]]:
    """Start the embedded parts of two stacks side by side."""
    with ExitStack() as stacks, ThreadPoolExecutor() as pool:
        contexts = [running_stack(scratch / name, "--embedded-only") for name in ("one", "other")]
        one, other = pool.map(stacks.enter_context, contexts)
        yield one, other


@pytest.fixture
def one(two_stacks: tuple[RunningStack, RunningStack]) -> RunningStack:
    """Take the first of the two."""
    return two_stacks[0]


@pytest.fixture
def other(two_stacks: tuple[RunningStack, RunningStack]) -> RunningStack:
    """Take the second of the two."""
    return two_stacks[1]
