"""The use cases over notices in memory."""

from __future__ import annotations

import pytest

from tests.unit.notification.fakes import FakeWorld, World
from tests.unit.notification.notices_contract import NoticesContract


class TestInMemory(NoticesContract):
    @pytest.fixture
    def world(self) -> World:
        return FakeWorld()
