"""Writing files that are never half written."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write(path: Path, text: str, *, private: bool = False) -> None:
    """Replace a file at once. ``private``: only its owner may read it (mode 600)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).chmod(0o600 if private else 0o644)
    Path(name).replace(path)


def write_json(path: Path, content: Mapping[str, object], *, private: bool = False) -> None:
    """Replace a JSON file at once."""
    write(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n", private=private)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; empty where there is no such file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    content: dict[str, Any] = json.loads(text)
    return content
