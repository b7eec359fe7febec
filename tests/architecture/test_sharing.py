"""Which tests share a worker, and with it what takes long to start."""

from __future__ import annotations

import ast

from ops.paths import ROOT
from tests.sharing import APART, ON_THE_STACK, STACK, STAGE, share

SHARED = {"stack", "answered", "one", "other", "two_stacks"}
"""What a worker has one of, for the files of the second folder."""


def asked_for(text: str) -> set[str]:
    """Name the fixtures that a file's tests and fixtures take."""
    functions = [
        each
        for each in ast.parse(text).body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        and (each.name.startswith("test_") or any("fixture" in ast.unparse(one) for one in each.decorator_list))
    ]
    return {argument.arg for each in functions for argument in each.args.args}


def test_page_tests_of_a_whole_stack_share_the_one_there_is() -> None:
    """A file that takes the shared stack and is not named would start another."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / STAGE).glob("test_*.py")
        if "stack: RunningStack" in path.read_text()
    }
    assert found == set(ON_THE_STACK)
    assert {share(f"{path}::test") for path in found} == {STACK}
    # The stage ends with the last test of its folder's other files.
    assert not [path for path in found if asked_for((ROOT / path).read_text()) & {"playing", "new_list"}]


def test_whoever_shares_no_stack_is_taken_by_whoever_is_free() -> None:
    """Each of the files that are named takes none of what the folder's others share."""
    for name in APART:
        assert not asked_for((ROOT / name).read_text()) & SHARED, name
        assert share(f"{name}::test") == name


def test_other_page_tests_share_the_stage_and_all_else_its_file() -> None:
    """So that whoever is free takes the next file."""
    assert share("tests/browser/test_axe.py::test_one[x]") == STAGE
    assert share("tests/unit/ops/test_doctor.py::test_one") == "tests/unit/ops/test_doctor.py"
