"""``fordeling install``: fetch what ``up`` needs beside the Python packages."""

from __future__ import annotations

from rich.console import Console

from ops.stack.installing import install as install_missing
from ops.stack.progress import Progress


def install() -> None:
    """Fetch Kafka, the login provider and the browser files, unless they are there. 'up' does it too."""
    progress = Progress(Console())
    with progress.shown():
        install_missing(progress)
