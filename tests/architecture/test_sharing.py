"""Which tests share a worker, and with it what takes long to start."""

from __future__ import annotations

from ops.paths import ROOT
from tests.sharing import ON_THE_STACK, STACK, STAGE, share


def test_page_tests_of_a_whole_stack_share_the_one_there_is() -> None:
    """A file that takes the shared stack and is not named would start another."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / STAGE).glob("test_*.py")
        if "stack: RunningStack" in path.read_text()
    }
    assert found == set(ON_THE_STACK)
    assert {share(f"{path}::test") for path in found} == {STACK}


def test_other_page_tests_share_the_stage_and_all_else_its_file() -> None:
    """So that whoever is free takes the next file."""
    assert share("tests/browser/test_axe.py::test_one[x]") == STAGE
    assert share("tests/unit/ops/test_doctor.py::test_one") == "tests/unit/ops/test_doctor.py"
