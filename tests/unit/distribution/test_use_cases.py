"""The use cases over ports in memory."""

from __future__ import annotations

import pytest

from tests.unit.distribution.drafts_contract import DraftsContract
from tests.unit.distribution.fakes import FakeWorld, World
from tests.unit.distribution.samples import AT
from tests.unit.distribution.threads_contract import ThreadsContract


class TestInMemory(ThreadsContract, DraftsContract):
    @pytest.fixture
    def world(self) -> World:
        return FakeWorld(AT)
