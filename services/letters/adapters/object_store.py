"""PDFs in an object store: a folder (``file:///…``) or S3 (``s3://bucket/prefix``), by obstore."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from obstore.exceptions import BaseError

from chassis.storage.object_store import open_store
from services.letters.use_cases.outside import StoreUnavailableError

log = structlog.get_logger(__name__)

PATIENCE = 20.0
"""Seconds for one request with obstore's own retries: shorter than a claim lasts."""


class ObstoreObjects:
    """The object store."""

    def __init__(self, url: str) -> None:
        self._store = open_store(url)

    async def put(self, key: str, data: bytes) -> None:
        """Write an object whole or not at all; the same key again replaces it. Raises StoreUnavailableError."""
        async with _transient("put"):
            await self._store.put_async(key, data)

    async def get(self, key: str) -> bytes:
        """Read an object. Raises StoreUnavailableError, also where there is none."""
        async with _transient("get"):
            result = await self._store.get_async(key)
            return bytes(await result.bytes_async())

    async def keep_only(self, prefix: str, key: str | None) -> None:
        """Delete all objects whose key begins with ``prefix`` but ``key``. Raises StoreUnavailableError."""
        folder = prefix.rpartition("/")[0]
        async with _transient("delete"):
            # A store lists by whole folders; the rest of the prefix is looked at here.
            found = [entry["path"] async for page in self._store.list(folder) for entry in page]
            strays = [path for path in found if path.startswith(prefix) and path != key]
            if strays:
                await self._store.delete_async(strays)


@asynccontextmanager
async def _transient(action: str) -> AsyncIterator[None]:
    """Whatever a store answers (full, away, not allowed) can be mended outside: none of it ends a letter."""
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except (BaseError, OSError) as error:  # a time-out is an OSError
        # The text is the store's and names keys at most; ids only are logged all the same.
        log.warning("object store unavailable", action=action, error=type(error).__name__)
        raise StoreUnavailableError from error
