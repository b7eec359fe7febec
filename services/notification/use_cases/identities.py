"""Ids that follow from their cause: the same cause has the same id, so a repeat is known."""

from __future__ import annotations

from uuid import UUID, uuid5

from services.notification.domain.notices import NoticeKind

NAMESPACE = UUID("5f0d7c7e-6a0c-5c62-9a39-0f7a8f1d3c21")
"""Ours alone, and never changed: every notice's and mail's id depends on it."""


def notice_id(kind: NoticeKind, list_id: str, list_version: int) -> str:
    """Tell the id of the one notice of this kind about this list, or about this version of it."""
    return str(uuid5(NAMESPACE, f"{kind}:{list_id}" if kind.once else f"{kind}:{list_id}:{list_version}"))


def mail_id(notice: str, receiver: str) -> str:
    """Tell the id of the one mail about a notice to an address."""
    return str(uuid5(NAMESPACE, f"mail:{notice}:{receiver.casefold()}"))


def municipality(municipality_id: str) -> str:
    """Name a municipality as something that arrives."""
    return f"municipality:{municipality_id}"
