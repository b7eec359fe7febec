"""The object store, as who writes to it opens it: a folder (``file:///…``) or S3 (``s3://bucket/…``), by obstore."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from obstore.store import LocalStore, ObjectStore, from_url


def open_store(url: str) -> ObjectStore:
    """Open the store; a folder is made where it is missing. Credentials come from the environment (``AWS_…``)."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStore(Path(unquote(parts.path)), mkdir=True)
    return from_url(url)
