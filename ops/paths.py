"""Where things lie in the tree."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INSTALL = ROOT / ".install"
"""What is downloaded once and shared by every stack of this tree; can be deleted and is then built again."""

DEFAULT_DATA = ROOT / ".data"
