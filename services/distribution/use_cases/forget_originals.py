"""Forget messages that were sent back to IMDi long enough ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.distribution.use_cases.ports import Rejections


async def forget_originals(rejections: Rejections, *, now: datetime, kept_for: timedelta) -> int:
    """Delete what was kept of them; returns how many."""
    return await rejections.forget_before(now - kept_for)
