"""The core set of the rig, with one seed, as a part of `make check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.faults import FAULTS
from tests.faults.run import Run

SEED = 1


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_every_promise_holds_under_the_core_set(scratch: Path) -> None:
    """Under ten faults: nothing lost or doubled, order kept, nothing stuck unseen, every refusal explained."""
    run = Run(SEED, scratch / "faults", print)
    results = list(run.results([fault for fault in FAULTS if fault.core]))
    assert results
    broken = [f"{result.fault.name}: {finding}" for result in results for finding in result.findings if finding.breaks]
    assert not broken, "\n".join(broken)
