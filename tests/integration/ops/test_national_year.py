"""A small national year through a whole stack of its own: its lists would fill the one that others share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.testing.stacks import RunningStack, fordeling, running_stack

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def nation(scratch: Path) -> Iterator[RunningStack]:
    with running_stack(scratch / "nation", "--no-demo") as started:
        yield started


def test_a_year_arrives_everywhere(nation: RunningStack, tmp_path: Path) -> None:
    """A small national year, published at once, is in every database, on every topic and on every page, and adds up."""
    file = tmp_path / "year.ndjson"
    assert fordeling("demo", "year", "--lists", "1000", "--persons", "3800", "--out", str(file)).returncode == 0
    assert fordeling("publish", str(file), "--data-dir", str(nation.data_dir)).returncode == 0
    done = fordeling("reconcile", "--json", "--quiet", "60", "--wait", "300", "--data-dir", str(nation.data_dir))
    assert done.returncode == 0, done.stderr
    entities = {one["entity"]: one for one in json.loads(done.stdout)["entities"]}
    assert entities["ledger years"]["in_read_model"] == 357
    assert entities["lists"]["in_database"] == 1000
