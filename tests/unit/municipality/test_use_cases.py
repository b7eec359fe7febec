"""The use cases over the ports in memory."""

from __future__ import annotations

import pytest

from tests.unit.municipality.fakes import FakeWorld, World
from tests.unit.municipality.repository_contract import AT, RepositoryContract


class TestInMemory(RepositoryContract):
    @pytest.fixture
    def world(self) -> World:
        return FakeWorld(AT)
