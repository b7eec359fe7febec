"""Each bench runs at a tiny size and says what a full run would: its figures are worth nothing here."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.__main__ import MODULES, found
from bench.frame.bench import Options
from bench.frame.figures import at_most

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]
APART = ("growth", "cost", "tracing")
"""Several stacks, one after the other: too long for a check; what they are made of is tried by the others."""


@pytest.mark.parametrize("name", [name for name in MODULES if name not in APART])
async def test_a_bench_measures_what_it_says(name: str, tmp_path: Path) -> None:
    """Every line has a value for each repeat; a contestant that loses, doubles or disorders something raises.

    What there should be none of, pages that were too busy say, there may be none of.
    """
    lines = await found(name).run(Options(tmp_path, 0.01, 1))
    assert lines
    none = [line for line in lines if line.goal == at_most(0)]
    assert all(len(line.values) == 1 and (line.median > 0 or line in none) for line in lines), lines
