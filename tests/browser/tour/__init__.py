"""The guided tour in ``docs/tour.md``: its pictures, in its order. One module a part of the way."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from tests.browser.tour import answering, around, asked, placed, running
from tests.browser.tour.taking import Taking

__all__ = ["FOLDER", "SUFFIX", "TAKEN", "shrunk"]

FOLDER = Path(__file__).parents[3] / "docs" / "pictures"
SUFFIX = ".png"
COLOURS = 96
_PARTS = (asked.PICTURES, answering.PICTURES, placed.PICTURES, around.PICTURES, running.PICTURES)
TAKEN: Mapping[str, Taking] = {name: taking for part in _PARTS for name, taking in part.items()}
"""Every picture by its name, in the order of the tour: a later one needs what an earlier one did."""


def shrunk(image: Image.Image) -> bytes:
    """Write a picture with few colours: text stays sharp, and the file small."""
    written = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()
