"""What becomes of letters, counted as it happens: docs/metrics.md."""

from __future__ import annotations

from prometheus_client import Counter

from chassis.seeing.metrics import PREFIX

LETTERS = Counter(f"{PREFIX}letters", "Letters that came to a status since the start.", ["kind", "status"])


def count(kind: str, status: str) -> None:
    """Count a letter of a kind that has come to a status. Both are codes."""
    LETTERS.labels(kind, status).inc()
