"""What ends a comparison before it has a result."""

from __future__ import annotations


class CannotCompareError(Exception):
    """Something could not be reached or read: one line saying what, and what to do."""
