"""Texts in a spreadsheet's file that are shown and never worked out."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A text that begins so is a formula to a spreadsheet, in narrow or wide characters."""


def safe(text: str) -> str:
    """Make a text that is shown and never worked out: an apostrophe before what would be a formula (OWASP)."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA) or text.startswith(FORMULA) else text
