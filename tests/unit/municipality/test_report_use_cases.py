"""What is done with reports, over the port in memory."""

from __future__ import annotations

import pytest

from tests.unit.municipality.fakes import FakeWorld, World
from tests.unit.municipality.report_contract import ReportContract
from tests.unit.municipality.repository_contract import AT


class TestInMemory(ReportContract):
    @pytest.fixture
    def world(self) -> World:
        return FakeWorld(AT)
