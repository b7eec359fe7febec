"""What a contact is called where no address may be: on event topics."""

from __future__ import annotations

from uuid import UUID, uuid5

from contracts.codes import MailFailure

NAMESPACE = UUID("0c2f3b43-8f6e-5d0a-9a51-6f4b2f5ad0c1")
"""Of contacts alone, and never changed: so that a reference is no other id of ours."""


LASTING = frozenset({MailFailure.REFUSED, MailFailure.BOUNCED})
"""What does not pass by itself: a contact marked so is not mailed until somebody has mended the address."""


def out_of_reach(failure: MailFailure | None) -> bool:
    """Tell whether a contact with this mark is not mailed. Who had us wait for two days is: mailboxes are emptied."""
    return failure in LASTING


def contact_reference(address: str) -> str:
    """Tell what an e-mail address is called, however it is written: whoever has the address knows it again."""
    return str(uuid5(NAMESPACE, address.casefold()))
