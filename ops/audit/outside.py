"""Anchors where they were told: on their topic and in the object store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url
from pydantic import ValidationError

from contracts.audit import ANCHORS_FOLDER, AuditAnchored
from contracts.topics import AUDIT_ANCHORS
from ops.audit.findings import Finding, Kind
from ops.errors import UserError
from ops.topics.records import held

TOPIC, OBJECTS = "topic", "objects"
URLS = ("GATEWAY_AUDIT_STORE_URL", "AUDIT_STORE_URL", "GATEWAY_OBJECT_STORE_URL", "OBJECT_STORE_URL")


class StoreError(UserError):
    """The object store could not be read."""

    exit_status = 2


Found = tuple[list[AuditAnchored], list[Finding]]
"""The anchors of one place, and what lies there that is none."""


def of_topic(bootstrap: str) -> Found:
    """Read the topic. Raises UserError where it cannot be read."""
    return _read([(f"offset {one.offset}", one.value or b"") for one in held(bootstrap, AUDIT_ANCHORS.name)], TOPIC)


def of_objects(given: Mapping[str, str]) -> Found:
    """Read the object store. Raises UserError where it cannot be read."""
    url = next((given[name] for name in URLS if given.get(name)), None)
    if url is None:
        raise StoreError("OBJECT_STORE_URL is not set: name the stack's folder with --data-dir, or set it.")
    try:
        store = _open(url)
        if store is None:
            return [], []
        keys = sorted(entry["path"] for page in store.list(ANCHORS_FOLDER) for entry in page)
        return _read([(key, bytes(store.get(key).bytes())) for key in keys], OBJECTS)
    except (BaseError, OSError, ValueError) as error:
        raise StoreError(f"The object store with the anchors cannot be read: {type(error).__name__}.") from error


def _open(url: str) -> ObjectStore | None:
    """Open the store; None where its folder was never made."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        return from_url(url)
    folder = Path(unquote(parts.path))
    return LocalStore(folder) if (folder / ANCHORS_FOLDER).is_dir() else None


def _read(values: list[tuple[str, bytes]], place: str) -> Found:
    anchors, findings = [], []
    for where, value in values:
        try:
            anchors.append(AuditAnchored.model_validate_json(value))
        except ValidationError:
            findings.append(Finding(Kind.ANCHOR_UNREADABLE, place=f"{place}: {where}"))
    return anchors, findings
