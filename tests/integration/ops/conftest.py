from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from ops.testing.stacks import RunningStack, running_stack
from tests.integration.ops.tampering import work_on_lists


@pytest.fixture(scope="session")
def two_stacks(scratch: Path, dear: ExitStack) -> tuple[RunningStack, RunningStack]:
    """Start the embedded parts of two stacks side by side."""
    with ThreadPoolExecutor() as pool:
        contexts = [running_stack(scratch / name, "--embedded-only") for name in ("one", "other")]
        one, other = pool.map(dear.enter_context, contexts)
    return one, other


@pytest.fixture
def one(two_stacks: tuple[RunningStack, RunningStack]) -> RunningStack:
    """Take the first of the two."""
    return two_stacks[0]


@pytest.fixture
def other(two_stacks: tuple[RunningStack, RunningStack]) -> RunningStack:
    """Take the second of the two."""
    return two_stacks[1]


@pytest.fixture(scope="session")
def answered(stack: RunningStack) -> Mapping[str, str]:
    """Take six lists to their stages, and two of them back; gives the environment of the stack."""
    work_on_lists(stack.environment["KAFKA_BOOTSTRAP_SERVERS"])
    return stack.environment
