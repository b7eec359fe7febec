"""Words of erasure that several owners share: why, and what becomes of the papers. Codes alone."""

from __future__ import annotations

from enum import StrEnum


class ErasureReason(StrEnum):
    """Why what is known of a person is erased. Codes alone: nothing said of a person may follow from one."""

    ERASURE_REQUEST = "erasure_request"
    """The person asked for it, and IMDi found that it may be done."""
    REGISTERED_WRONGLY = "registered_wrongly"
    """It should never have been here: somebody else was meant."""
    COURT_ORDER = "court_order"
    """A court or the supervisory authority decided it."""
    RETENTION_OVER = "retention_over"
    """It has been kept for as long as it may be."""
    OTHER = "other"


class Papers(StrEnum):
    """What becomes of the letters, the decision and the answer that tell of a person."""

    KEEP = "keep"
    """They stay, as the law on archives asks, until their own retention is over."""
    ERASE = "erase"
    """They go too: only where no law asks for them, such as those of somebody who was registered wrongly."""
