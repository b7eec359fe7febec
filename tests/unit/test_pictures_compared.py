"""Comparing pictures: what one must see is seen, and what drew the letters is not."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.browser.tour.comparing import compare, marked

SIZE = (640, 480)
COLUMNS = ("Status", "Mottatt", "Personer")
DAY = (410, 20, 540, 40)


def page(*, button: bool = True, columns: int = 3, styled: bool = True, down: int = 0) -> Image.Image:
    """Draw something like a page: a heading, a date, a table, and a button."""
    image = Image.new("RGB", SIZE, "white")
    drawing, font = ImageDraw.Draw(image), ImageFont.load_default(15)
    left = 40 if styled else 4
    drawing.text((left, 20 + down), "Fordelinger som venter", "black", font)
    drawing.text((410, 20 + down), "27.11.2026", "black", font)
    for row in range(6):
        for column in range(columns):
            drawing.text((left + 180 * column, 80 + 32 * row + down), f"{COLUMNS[column]} {row}", "#222222", font)
    if button:
        drawing.rounded_rectangle((40, 400, 130, 440), 4, outline="#0062ba", width=2)
        drawing.text((62, 410 + down), "Lagre", "#0062ba", font)
    return image


def test_another_drawing_of_the_letters_is_the_same_picture() -> None:
    """A pixel further down and somewhat softer, as another machine draws text, is no difference."""
    assert compare(page(), page(down=1).filter(ImageFilter.GaussianBlur(0.6))).same


@pytest.mark.parametrize(
    "changed",
    [page(button=False), page(columns=2), page(styled=False), page().resize((640, 496))],
    ids=["a button is gone", "a column is gone", "nothing stands where it stood", "the page is longer"],
)
def test_what_is_gone_or_elsewhere_is_seen(changed: Image.Image) -> None:
    """A missing button or column, a page without its style, or of another size, is a difference, either way round."""
    assert not compare(page(), changed).same
    assert not compare(changed, page()).same


def test_what_depends_on_the_day_is_left_out() -> None:
    """Where a date stands anything may stand; where none does, it may not."""
    other = page()
    ImageDraw.Draw(other).rectangle((410, 20, 540, 40), "black")
    assert compare(page(), other, [DAY]).same
    assert not compare(page(), other).same


def test_the_difference_is_shown_where_it_is() -> None:
    """Both pictures side by side, with red around the tiles of the button, and nowhere else."""
    before, after = page(), page(button=False)
    found = compare(before, after)
    assert all(box[1] >= 380 and box[0] <= 160 for box in found.differing)
    assert marked(before, after, found).getpixel((found.differing[0][0], found.differing[0][1] + 5)) == (255, 0, 0)
