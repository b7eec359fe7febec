"""How workers share the tests (``pytest -n 2``): by file, but tests that share something dear stay together."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

STAGE, STACK = "tests/browser/", "tests/integration/ops/"
TOGETHER = (STAGE, STACK)
"""Folders whose files share a stage or a stack that takes long to start."""
ON_THE_STACK = tuple(f"{STAGE}test_{name}.py" for name in ("mail", "whole_flow", "whole_settlement", "withheld"))
"""Page tests of a whole stack: they share the one of the second folder, instead of starting another."""
APART = tuple(
    f"{STACK}test_{name}.py"
    for name in (
        *("api_explored", "broker_boundary", "disaster", "every_command", "kafka_cluster", "national_year"),
        *("postgres_proxy", "secured_kafka", "small_disk", "surge", "traced_stack"),
    )
)
"""Files of the second folder that share nothing with the others there: whoever is free takes them."""
FIRST = (*TOGETHER, "tests/faults/test_core.py", *APART)
"""What takes longest begins first: xdist leaves files of few tests to the end, where the other worker has nothing."""


def share(nodeid: str) -> str:
    """Name what a test stays together with: its folder, where that is among ``TOGETHER``, else its file."""
    path = nodeid.split("::", 1)[0]
    if path in ON_THE_STACK:
        return STACK
    if path in APART:
        return path
    return next((folder for folder in TOGETHER if path.startswith(folder)), path)


class ByFileAndStage(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types of its own here
    """Gives a worker that is free the next share, those of ``FIRST`` before all others."""

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)

    def _assign_work_unit(self, node: object) -> None:
        for each in reversed(FIRST):
            if each in self.workqueue:
                self.workqueue.move_to_end(each, last=False)
        super()._assign_work_unit(node)
