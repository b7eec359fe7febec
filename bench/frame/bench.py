"""What a bench is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.frame.figures import Line


@dataclass(frozen=True, slots=True)
class Options:
    """How large a run is to be.

    scale: 1 is the size that the goals are for. repeats: None for as many as the bench wants.
    folder: for its data, gone with the run. tell: hears what is being done.
    """

    folder: Path
    scale: float = 1.0
    repeats: int | None = None
    tell: Callable[[str], None] = field(default=lambda _: None)

    def sized(self, full: int, least: int = 1) -> int:
        """Tell how many of something to take where a full run takes ``full``."""
        return max(least, round(full * self.scale))

    @property
    def small(self) -> bool:
        """Whether goals of size and time cannot be compared."""
        return self.scale < 1


@dataclass(frozen=True, slots=True)
class Bench:
    """One bench. floor: what it is compared with, in a sentence that stands under its table."""

    name: str
    floor: str
    run: Callable[[Options], Coroutine[Any, Any, Sequence[Line]]]
