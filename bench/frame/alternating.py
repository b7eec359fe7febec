"""Contestants in turn, so that a busy minute of the machine is shared among them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bench.frame.figures import ratios

Contestant: TypeAlias = Callable[[], Awaitable[Mapping[str, float]]]
"""One repeat: gives its figures by name."""


@dataclass
class Taken:
    """What was measured: by contestant and figure, one value a repeat, in the order of the repeats."""

    values: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, contestant: str, figures: Mapping[str, float]) -> None:
        """Note one repeat's figures."""
        for name, value in figures.items():
            self.values.setdefault((contestant, name), []).append(value)

    def of(self, contestant: str, figure: str) -> list[float]:
        """Give a contestant's figure of all repeats. Raises KeyError."""
        return self.values[contestant, figure]

    def ratio(self, ours: str, floor: str, figure: str, *, of: float = 1.0) -> list[float]:
        """Give our figure over the floor's, repeat by repeat, times ``of``."""
        return ratios(self.of(ours, figure), self.of(floor, figure), of=of)


async def alternate(
    contestants: Mapping[str, Contestant], repeats: int, tell: Callable[[str], None] = lambda _: None
) -> Taken:
    """Run all once a repeat; every other repeat in the opposite order, so that none always comes after the same."""
    taken = Taken()
    for repeat in range(repeats):
        order = list(contestants.items())
        for name, run in order if repeat % 2 == 0 else reversed(order):
            tell(f"{repeat + 1}/{repeats} {name}")
            taken.add(name, await run())
    return taken
