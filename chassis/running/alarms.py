"""Conditions that somebody has to look at: told when they begin, again while they last, and when they are over."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

log = structlog.get_logger(__name__)

REPEAT_SECONDS = 300.0
"""Between two lines about what lasts."""


@dataclass
class Alarms:
    """What is wrong now, by its name: the words of its log line, the same for as long as it lasts."""

    lasting: dict[str, dict[str, Any]] = field(default_factory=dict)
    monotonic: Callable[[], float] = time.monotonic
    _told: dict[str, float] = field(default_factory=dict)

    def tell(self, name: str, *, on: bool, **about: Any) -> None:  # noqa: ANN401  figures for a log line
        """Say whether a condition holds now. ``about``: figures and ids, nothing of anybody."""
        now = self.monotonic()
        if not on:
            if self.lasting.pop(name, None) is not None:
                del self._told[name]
                log.info("alarm is over", alarm=name, **about)
            return
        self.lasting[name] = about
        if now - self._told.get(name, -REPEAT_SECONDS) >= REPEAT_SECONDS:
            self._told[name] = now
            log.error(name, **about)
