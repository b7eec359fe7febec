"""What git keeps."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURES = {".png", ".jpg", ".pdf"}


def texts() -> Iterator[Path]:
    """Name every file that is committed, and is text."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        path = ROOT / name
        if path.suffix not in PICTURES and path.is_file():
            yield path
