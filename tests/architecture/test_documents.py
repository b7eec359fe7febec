"""What is written for readers holds together: no half of a merge is left, and links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.architecture.committed import ROOT, texts

MARKER = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)
CODE = re.compile(r"^(```+|~~~+).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


@cache
def anchors(path: Path) -> frozenset[str]:
    """Tell the names that headings of a Markdown file have: lower case, joined by hyphens, without marks."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in HEADING.findall(text))
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain)


def dead_links(path: Path) -> Iterator[str]:
    """Find the links of a Markdown file to what is not in the tree."""
    for link in LINK.findall(CODE.sub("", path.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            yield link


def test_no_half_of_a_merge_is_left() -> None:
    """A file that git could not merge was merged by hand before it was committed."""
    assert [path.name for path in texts() if MARKER.search(path.read_text(errors="replace"))] == []


@pytest.mark.parametrize(
    "path", [path for path in texts() if path.suffix == ".md"], ids=lambda path: str(path.relative_to(ROOT))
)
def test_links_lead_somewhere(path: Path) -> None:
    """Each relative link names a file of the tree, and a heading that it has."""
    assert list(dead_links(path)) == []
