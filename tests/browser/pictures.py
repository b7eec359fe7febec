"""The pictures in the documentation, from a fresh demonstration: ``make pictures`` (``docs/pictures/``)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser.browsing import chromium
from tests.browser.tour import FOLDER, SUFFIX, TAKEN, shrunk
from tests.browser.tour.taking import take, touring


def main() -> None:
    """Start a stack of its own with demo data, take the pictures into docs/pictures or a folder named, stop it."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        chromium() as browser,
        touring(browser, Path(data) / "stack") as tour,
    ):
        for name, picture in take(tour, TAKEN):
            (folder / f"{name}{SUFFIX}").write_bytes(shrunk(picture.image))
            print(f"{name}{SUFFIX}", flush=True)  # noqa: T201  for whoever waits


if __name__ == "__main__":
    main()
