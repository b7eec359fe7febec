"""The use cases over ports in memory."""

from __future__ import annotations

import pytest

from tests.unit.distribution.addresses_contract import AddressesContract
from tests.unit.distribution.drafts_contract import DraftsContract
from tests.unit.distribution.erasure_contract import ErasureContract
from tests.unit.distribution.fakes import FakeWorld, World
from tests.unit.distribution.samples import AT


class TestInMemory(ErasureContract, DraftsContract, AddressesContract):
    @pytest.fixture
    def world(self) -> World:
        return FakeWorld(AT)
