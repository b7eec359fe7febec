"""The use cases over ports in memory."""

from __future__ import annotations

import pytest

from tests.unit.distribution.fakes import FakeWorld, World
from tests.unit.distribution.repository_contract import RepositoryContract
from tests.unit.distribution.samples import AT


class TestInMemory(RepositoryContract):
    @pytest.fixture
    def world(self) -> World:
        return FakeWorld(AT)
