"""Whether two pictures of a page show the same things in the same places, whatever drew the letters.

Both are made small, grey and soft: what is left is where there is ink, and how much. That is compared in tiles, each
with what stands within a few pixels of it in the other picture, both ways round: so a button that is gone shows, and a
font that is drawn a pixel further down does not. What changes with the day is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tests.browser.tour.taking import Box

SMALLER, SOFT = 4, 1.2
TILE = 8
"""In pixels of the small picture: 32 of the page's, less than a button's height."""
NEAR = 2
"""How far a thing may have moved, in pixels of the small picture."""
DIFFERENT = 16
"""Of 255, the mean over a tile. Text without hinting, placed to whole pixels, differs by up to 11; one outlined button
that is gone, by 22; a column or a stylesheet, by 40 and 100."""


@dataclass(frozen=True)
class Comparison:
    """worst: of 255. differing: tiles that differ, as boxes of the page's pixels."""

    worst: int
    differing: tuple[Box, ...]

    @property
    def same(self) -> bool:
        """Whether the two show the same."""
        return not self.differing


def compare(before: Image.Image, after: Image.Image, moving: Iterable[Box] = ()) -> Comparison:
    """Compare two pictures; another size is another picture, all of it."""
    if before.size != after.size:
        return Comparison(255, ((0, 0, *after.size),))
    boxes = list(moving)
    old, new = _softened(before, boxes), _softened(after, boxes)
    tiles = ImageChops.lighter(_nearest(old, new), _nearest(new, old))
    side = SMALLER * TILE
    found = tuple(
        (x * side, y * side, (x + 1) * side, (y + 1) * side) for x, y, far in _pixels(tiles) if far > DIFFERENT
    )
    return Comparison(max(far for _, _, far in _pixels(tiles)), found)


def marked(before: Image.Image, after: Image.Image, found: Comparison) -> Image.Image:
    """Put the two side by side, with a red frame around each tile that differs."""
    both = Image.new("RGB", (before.width + after.width + 16, max(before.height, after.height)), "grey")
    both.paste(before, (0, 0))
    both.paste(after, (before.width + 16, 0))
    drawing = ImageDraw.Draw(both)
    for left, top, right, bottom in found.differing:
        for shift in (0, before.width + 16):
            drawing.rectangle((left + shift, top, right + shift - 1, bottom - 1), outline="red", width=2)
    return both


def _softened(image: Image.Image, moving: Iterable[Box]) -> Image.Image:
    """Make a copy grey, small and soft; what moves is painted over."""
    copy = image.convert("L")
    drawing = ImageDraw.Draw(copy)
    for left, top, right, bottom in moving:
        drawing.rectangle((left - 4, top - 4, right + 4, bottom + 4), fill=128)
    # Whole tiles only: a strip at the right or below that fills none would be a tile of its own, of little weight.
    side = SMALLER * TILE
    padded = Image.new("L", (-(-copy.width // side) * side, -(-copy.height // side) * side), 255)
    padded.paste(copy, (0, 0))
    return padded.reduce(SMALLER).filter(ImageFilter.GaussianBlur(SOFT))


def _nearest(one: Image.Image, other: Image.Image) -> Image.Image:
    """Give for each tile of one how far it is from the likest place near it in the other."""
    best: Image.Image | None = None
    for across in range(-NEAR, NEAR + 1):
        for down in range(-NEAR, NEAR + 1):
            shifted = ImageChops.offset(other, across, down)
            tiles = ImageChops.difference(one, shifted).reduce(TILE)
            best = tiles if best is None else ImageChops.darker(best, tiles)
    assert best is not None
    return best


def _pixels(image: Image.Image) -> Iterator[tuple[int, int, int]]:
    """Give each pixel with where it is."""
    values = image.tobytes()
    for at, value in enumerate(values):
        yield at % image.width, at // image.width, value
