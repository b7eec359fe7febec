"""Letters' PDFs in the object store: what is read must be what the letter's record says it is."""

from __future__ import annotations

import hashlib
import hmac

import structlog
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from contracts.letters.v1 import Document

log = structlog.get_logger(__name__)


class LetterUnavailableError(Exception):
    """The PDF cannot be read, or is not the one the record tells of."""


class LetterStore:
    """Read-only. ``url``: ``file:///folder`` or ``s3://bucket``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: ObjectStore | None = None

    async def read(self, document: Document) -> bytes:
        """Read the PDF. Raises LetterUnavailableError."""
        try:
            if self._store is None:
                # a local folder is made by the letters service; until then there are no letters
                self._store = from_url(self._url)
            result = await self._store.get_async(document.object_key)
            content = bytes(await result.bytes_async())
        except (BaseError, OSError) as error:
            log.warning("letter_unreadable", object_key=document.object_key, error=type(error).__name__)
            raise LetterUnavailableError from error
        if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), document.sha256):
            log.warning("letter_changed", object_key=document.object_key)
            raise LetterUnavailableError
        return content
