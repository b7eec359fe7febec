"""Java libraries, fetched by ``jgo`` after a committed list of exact versions with their SHA-256.

The lists in ``locks/`` are jgo's own lock files (made by ``python -m ops.embedded.relock``).
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ops.errors import UserError
from ops.paths import INSTALL

LOCKS = Path(__file__).parent / "locks"
PARALLEL = 8
ATTEMPTS = 3

Progress = Callable[[int, int], None]
"""Told how many are done, of how many."""


def silent(_done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One library: Maven coordinates and the content's SHA-256."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """What it is called in a repository and in the folder."""
        return f"{self.artifact}-{self.version}.jar"


@dataclass(frozen=True, slots=True)
class JarSet:
    """The libraries of one Java program.

    name: of the lock file and of the folder.
    """

    name: str

    @property
    def lock(self) -> Path:
        """The committed list."""
        return LOCKS / f"{self.name}.lock.toml"

    @property
    def folder(self) -> Path:
        """Where they are installed. Its name has the lock's digest, so that it is complete where it exists."""
        digest = hashlib.sha256(self.lock.read_bytes()).hexdigest()[:12]
        return INSTALL / f"{self.name}-{digest}"

    def installed(self) -> bool:
        """Whether all is there."""
        return self.folder.is_dir()

    def jars(self) -> list[Jar]:
        """Read what the lock names, sorted by file name."""
        found = [
            Jar(entry["groupId"], entry["artifactId"], entry["version"], entry["sha256"])
            for entry in tomllib.loads(self.lock.read_text())["dependencies"]
        ]
        return sorted(found, key=lambda jar: jar.filename)

    def class_path(self) -> str:
        """Build the value for ``java -cp``, always in the same order."""
        folder = self.folder
        return os.pathsep.join(str(folder / jar.filename) for jar in self.jars())

    def install(self, fetched: Progress = silent) -> None:
        """Fetch what is missing, all or nothing; ``fetched(done, total)`` is called after each."""
        if self.installed():
            return
        part = INSTALL / f".part-{self.name}-{os.getpid()}"
        try:
            for number, _ in enumerate(_fetch_all(self.jars(), part), start=1):
                fetched(number, len(self.jars()))
            part.rename(self.folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _fetch_all(jars: list[Jar], folder: Path) -> Iterator[Path]:
    (folder / "jars").mkdir(parents=True)
    with ThreadPoolExecutor(PARALLEL) as pool:
        yield from pool.map(lambda jar: _fetch(jar, folder), jars)
    shutil.rmtree(folder / "repository")
    for jar in (folder / "jars").iterdir():
        jar.rename(folder / jar.name)
    (folder / "jars").rmdir()


def _fetch(jar: Jar, folder: Path) -> Path:
    from jgo.config import GlobalSettings  # noqa: PLC0415 - slow to load, and needed once in a tree's life
    from jgo.maven import MavenContext  # noqa: PLC0415

    logging.getLogger("jgo").setLevel(logging.ERROR)
    mirrors = GlobalSettings.load().repositories
    context = MavenContext(repo_cache=folder / "repository", remote_repos=mirrors or None, timeout=60)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            path = artifact.resolve()
            break
        except Exception as error:  # jgo lets everything of requests and its own through
            (artifact.cached_path or folder).unlink(missing_ok=True)
            if attempt == ATTEMPTS:
                raise UserError(
                    f"Could not fetch {jar.filename} ({type(error).__name__}): check the network or the Maven mirror "
                    "in ~/.config/jgo.conf, then run 'make install' again."
                ) from error
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != jar.sha256:
        raise UserError(f"{jar.filename} is not the file that the lock names (SHA-256 {digest}): it was not installed.")
    return path.rename(folder / "jars" / jar.filename)
