"""The use cases over the ports in memory, and the fakes held to the adapters' contracts."""

from __future__ import annotations

import pytest

from services.letters.use_cases.outside import ObjectStore, Renderer
from tests.unit.letters.erasure_contract import ErasureContract
from tests.unit.letters.fakes import FakePost, FakeRenderer, FakeStore, FakeWorld, World
from tests.unit.letters.kinds_contract import KindsContract
from tests.unit.letters.making_contract import MakingContract
from tests.unit.letters.post_contract import PlayablePost, PostContract
from tests.unit.letters.queue_contract import QueueContract
from tests.unit.letters.renderer_contract import RendererContract
from tests.unit.letters.sending_contract import SendingContract
from tests.unit.letters.store_contract import LookableStore, StoreContract
from tests.unit.letters.stories import AT


class InMemory:
    @pytest.fixture
    def world(self) -> World:
        return FakeWorld(AT)


class TestQueueInMemory(InMemory, QueueContract):
    pass


class TestMakingInMemory(InMemory, MakingContract):
    pass


class TestKindsInMemory(InMemory, KindsContract):
    pass


class TestErasureInMemory(InMemory, ErasureContract):
    pass


class TestSendingInMemory(InMemory, SendingContract):
    pass


class TestFakeRenderer(RendererContract):
    @pytest.fixture
    def renderer(self) -> Renderer:
        return FakeRenderer()


class TestFakeStore(StoreContract):
    @pytest.fixture
    def store(self) -> LookableStore:
        return FakeStore()

    @pytest.fixture
    def away(self) -> ObjectStore:
        return FakeStore(away=True)


class TestFakePost(PostContract):
    @pytest.fixture
    def post(self) -> PlayablePost:
        return FakePost()
