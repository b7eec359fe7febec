"""Makes ``fordeling`` and the packages of this tree known to the virtual environment it is run in.

Standard library only, and no build: an editable install would want setuptools from an index.
"""

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """#!{python}
import sys

from ops.cli import main

sys.exit(main())
"""


def link(root: Path, packages: Path, scripts: Path, python: str) -> None:
    """Write a path file into ``packages`` and the command into ``scripts``."""
    (packages / "fordeling.pth").write_text(f"{root}\n")
    command = scripts / "fordeling"
    command.write_text(SCRIPT.format(python=python))
    command.chmod(0o755)


if __name__ == "__main__":
    link(ROOT, Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("scripts")), sys.executable)
