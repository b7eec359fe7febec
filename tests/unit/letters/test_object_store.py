"""The object store in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.letters.adapters.object_store import ObstoreObjects
from services.letters.use_cases.outside import ObjectStore
from tests.unit.letters.store_contract import LookableStore, StoreContract


class Folder(ObstoreObjects):
    """A store in a folder that a test can look into."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder.as_uri())
        self._folder = folder

    async def listed(self) -> dict[str, bytes]:
        files = [path for path in self._folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(self._folder)): path.read_bytes() for path in files}


class TestInAFolder(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LookableStore:
        return Folder(tmp_path / "new folder")

    @pytest.fixture
    def away(self, tmp_path: Path) -> ObjectStore:
        store = Folder(tmp_path / "gone")
        (tmp_path / "gone").rmdir()
        (tmp_path / "gone").write_text("a file where the folder was")
        return store
