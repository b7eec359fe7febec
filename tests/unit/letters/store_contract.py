"""What the use cases count on in an object store, real or not."""

from __future__ import annotations

from typing import Protocol

import pytest

from services.letters.use_cases.outside import ObjectStore, StoreUnavailableError


class LookableStore(ObjectStore, Protocol):
    """A store whose objects a test can look at."""

    async def listed(self) -> dict[str, bytes]:
        """Read all objects by key."""


class StoreContract:
    """Subclasses give the fixtures ``store`` and ``away``, a store that cannot be reached."""

    async def test_an_object_is_kept_under_its_key(self, store: LookableStore) -> None:
        """The same key again replaces it."""
        await store.put("letters/k-0301/L/a-1.pdf", b"one")
        await store.put("letters/k-0301/L/a-1.pdf", b"two")
        assert await store.listed() == {"letters/k-0301/L/a-1.pdf": b"two"}
        assert await store.get("letters/k-0301/L/a-1.pdf") == b"two"
        with pytest.raises(StoreUnavailableError):
            await store.get("letters/k-0301/L/b-1.pdf")

    async def test_only_strays_of_the_same_letter_are_removed(self, store: LookableStore) -> None:
        """Other letters of the list, and other lists, keep theirs."""
        keys = [
            "letters/k-0301/L/a-1.pdf",
            "letters/k-0301/L/a-2.pdf",
            "letters/k-0301/L/ab-1.pdf",
            "letters/k-0301/M/a-1.pdf",
        ]
        for key in keys:
            await store.put(key, b"pdf")
        await store.keep_only("letters/k-0301/L/a-", keys[1])
        assert set(await store.listed()) == set(keys[1:])
        await store.keep_only("letters/k-0301/L/a-", None)
        assert set(await store.listed()) == set(keys[2:])
        await store.keep_only("letters/k-0301/NONE/a-", None)

    async def test_a_store_that_cannot_be_reached_says_so(self, away: ObjectStore) -> None:
        """By the error that the use case knows."""
        with pytest.raises(StoreUnavailableError):
            await away.put("letters/k-0301/L/a-1.pdf", b"pdf")
