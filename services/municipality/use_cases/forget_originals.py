"""Forget what was sent back to IMDi, once nobody asks about it any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.municipality.use_cases.ports import Rejections

KEEP = timedelta(days=30)
"""As long as the topic keeps the rejections themselves."""


async def forget_originals(rejections: Rejections, *, now: datetime) -> None:
    """Delete the originals of rejections older than ``KEEP``: anything may stand in them."""
    await rejections.forget_before(now - KEEP)
