"""Ids that follow from their cause: the same cause has the same id, so a repeat is known."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid5

from services.notification.domain.notices import NoticeKind

NAMESPACE = UUID("5f0d7c7e-6a0c-5c62-9a39-0f7a8f1d3c21")
"""Ours alone, and never changed: every notice's and mail's id depends on it."""


CONTACTS = UUID("0c2f3b43-8f6e-5d0a-9a51-6f4b2f5ad0c1")
"""As in the contract: a test compares them."""


def notice_id(kind: NoticeKind, list_id: str, list_version: int) -> str:
    """Tell the id of the one notice of this kind about this list, or about this version of it."""
    return str(uuid5(NAMESPACE, f"{kind}:{list_id}" if kind.once else f"{kind}:{list_id}:{list_version}"))


def dated_notice_id(kind: NoticeKind, list_id: str, day: date) -> str:
    """Tell the id of the one notice of this kind about this list that a day has."""
    return str(uuid5(NAMESPACE, f"{kind}:{list_id}:{day.isoformat()}"))


def mail_id(notice: str, receiver: str) -> str:
    """Tell the id of the one mail about a notice to an address."""
    return str(uuid5(NAMESPACE, f"mail:{notice}:{receiver.casefold()}"))


def digest_id(municipality_id: str, receiver: str, day: date) -> str:
    """Tell the id of the one mail of a day that gathers a municipality's notices for an address."""
    return str(uuid5(NAMESPACE, f"digest:{municipality_id}:{day.isoformat()}:{receiver.casefold()}"))


def contact_id(address: str) -> str:
    """Tell the id of a contact, as ``contracts.notification.contacts`` makes it."""
    return str(uuid5(CONTACTS, address.casefold()))


def choice_subject(municipality_id: str, user_id: str) -> str:
    """Name what a user has chosen in a municipality."""
    return f"{municipality_id}/choices/{user_id}"


def municipality(municipality_id: str) -> str:
    """Name a municipality as something that arrives."""
    return f"municipality:{municipality_id}"
