"""What a check of the audit may find."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What is wrong."""

    SEAL_MISSING = "seal-missing"
    """There is no such batch between those that there are."""
    SEAL_CHANGED = "seal-changed"
    """A seal's digest does not follow from what it says."""
    CHAIN_BROKEN = "chain-broken"
    """A seal names another digest than that of the seal before it."""
    ROW_MISSING = "row-missing"
    """A row that was sealed, or waits to be, is gone."""
    ROW_CHANGED = "row-changed"
    """A row is not as it was sealed."""
    ROW_ADDED = "row-added"
    """A row is in no batch and does not wait for one: it was put in past the sealer, or put back after its time."""
    ROW_BACKDATED = "row-backdated"
    """A row's time is long before that of rows which were sealed before it."""
    ROW_TWICE = "row-twice"
    """Two batches hold the row."""
    WORDS_CHANGED = "words-changed"
    """What a row was made of (a look, an operator's act) is gone, or says something else."""
    PRUNED_EARLY = "pruned-early"
    """Rows were declared old that were not."""
    ANCHOR_CONTRADICTED = "anchor-contradicted"
    """An anchor tells another digest of a batch, or of a batch that is not there: the chain was rewritten or cut."""
    ANCHOR_MISSING = "anchor-missing"
    """An anchor that was made is not where anchors are."""
    ANCHOR_UNREADABLE = "anchor-unreadable"
    """What lies where an anchor should is none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. batch, row, anchor: where, by number, as far as one can say. place: of an anchor."""

    kind: Kind
    batch: int | None = None
    row: int | None = None
    anchor: int | None = None
    place: str | None = None

    def document(self) -> dict[str, Any]:
        """Write it as JSON's values."""
        told = {name: getattr(self, name) for name in ("batch", "row", "anchor", "place")}
        return {"kind": self.kind.value, **{name: value for name, value in told.items() if value is not None}}

    def __str__(self) -> str:
        told = self.document()
        return " ".join([told.pop("kind"), *(f"{name} {value}" for name, value in told.items())])


@dataclass
class Verdict:
    """What a check found. rows, batches: that are there; pruned: batches whose rows have gone as they may.

    anchors: by place, how many were read; places that were not asked are not in it.
    """

    rows: int = 0
    batches: int = 0
    pruned: int = 0
    unsealed: int = 0
    anchors: dict[str, int] = field(default_factory=dict)
    anchored: int = 0
    """The last batch that an anchor outside holds."""
    findings: list[Finding] = field(default_factory=list)
    more: bool = False
    """There are more findings than are listed."""

    @property
    def first(self) -> Finding | None:
        """The first thing that is wrong, by batch and row; what has no batch comes last."""
        last = 2**63
        return min(self.findings, key=lambda one: (one.batch or last, one.row or 0), default=None)

    def document(self) -> dict[str, Any]:
        """Write it as JSON's values."""
        return {
            "intact": not self.findings,
            "rows": self.rows,
            "batches": self.batches,
            "pruned_batches": self.pruned,
            "unsealed_rows": self.unsealed,
            "anchors": self.anchors,
            "anchored_batch": self.anchored,
            "first": self.first.document() if self.first else None,
            "findings": [one.document() for one in self.findings],
            "more_findings": self.more,
        }
