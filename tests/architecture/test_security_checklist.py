"""The checklist in docs/security.md: every requirement of ASVS 5.0, levels 1 and 2, once; no test that is not there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "security.md").read_text()
CHECKLIST = PAGE.partition("## ASVS 5.0, level 2")[2]
STANDINGS = ("met", "partly", "not met", "n/a")

# How many requirements of levels 1 and 2 each section has; those of level 3 have the numbers after them.
SECTIONS = (
    "1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4"
    " 5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2"
    " 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3"
    " 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7"
    " 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2"
)
ROW = re.compile(r"^\| ([\d., –]+) \| [^|]+ \| \**([a-z/ ]+?)\** \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w/]+/test_\w+\.py)(?:::(test_\w+))?`")


def requirements(cell: str) -> Iterator[str]:
    """Give the requirements that a row is about: numbers, and spans of them."""
    for part in cell.split(", "):
        first, _, last = part.partition("–")
        section, _, number = first.rpartition(".")
        for each in range(int(number), int((last or first).rpartition(".")[2]) + 1):
            yield f"{section}.{each}"


def test_every_requirement_has_its_row() -> None:
    """Each of levels 1 and 2 once, with one of four standings, and the sums that the page tells."""
    rows = ROW.findall(CHECKLIST)
    wanted = [
        f"{section}.{number}"
        for section, count in (one.split(":") for one in SECTIONS.split())
        for number in range(1, int(count) + 1)
    ]
    told = [each for cell, _, _ in rows for each in requirements(cell)]
    assert sorted(told) == sorted(wanted)
    sums = Counter(standing for cell, standing, _ in rows for _ in requirements(cell))
    assert set(sums) == set(STANDINGS)
    line = " | ".join(str(count) for count in (*(sums[one] for one in STANDINGS), len(told)))
    assert f"\n| {line} |\n" in CHECKLIST, line


def test_every_test_that_is_named_is_there() -> None:
    """A test that was renamed or dropped takes its word back from the checklist."""
    named = set(NAMED.findall(CHECKLIST))
    assert len(named) > 50
    for path, name in sorted(named):
        source = (TESTS / path).read_text()
        assert re.search(rf"^(async )?def {name or 'test_'}", source, re.MULTILINE), f"{path}::{name}"


def test_what_is_met_by_a_test_or_by_words() -> None:
    """No row is without a word on how it stands."""
    assert all(len(how) > 10 or standing == "n/a" for _, standing, how in ROW.findall(CHECKLIST))
