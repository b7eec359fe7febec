"""The tour's pictures are what one sees: taken anew from a fresh demonstration, they look the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.browser.tour import FOLDER, SUFFIX, TAKEN, shrunk
from tests.browser.tour.comparing import compare, marked
from tests.browser.tour.taking import take, touring

TOUR = FOLDER.parent / "tour.md"
FAILED = FOLDER.parents[1] / ".data" / "tour"


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_the_pictures_show_what_the_pages_show(browser: Browser, scratch: Path) -> None:
    """Each picture, taken anew, has the same things in the same places as the one in docs/pictures."""
    different = []
    with touring(browser, scratch / "tour") as tour:
        for name, picture in take(tour, TAKEN):
            before = Image.open(FOLDER / f"{name}{SUFFIX}").convert("RGB")
            found = compare(before, picture.image, picture.moving)
            if not found.same:
                FAILED.mkdir(parents=True, exist_ok=True)
                (FAILED / f"{name}{SUFFIX}").write_bytes(shrunk(picture.image))
                marked(before, picture.image, found).save(FAILED / f"{name}-difference.png")
                different.append(f"{name} ({len(found.differing)} tiles, worst {found.worst})")
    assert not different, f"new pictures and differences in {FAILED}; if they are meant: make pictures. {different}"


def test_the_tour_shows_each_picture_once_in_its_order() -> None:
    """docs/tour.md has every picture that is taken, in the order of the way, each with a text for who can't see it."""
    shown = re.findall(r"!\[([^\]]*)\]\(pictures/([a-z-]+)\.png\)", TOUR.read_text())
    assert [name for _, name in shown] == list(TAKEN)
    assert not [name for text, name in shown if len(text) < 20]
    kept = {path.stem for path in FOLDER.iterdir()}
    assert kept == set(TAKEN)


def test_the_pictures_are_light() -> None:
    """All the pictures together are under 3 MB, and none is above 200 kB."""
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert sum(sizes.values()) < 3_000_000
    assert not {name: size for name, size in sizes.items() if size > 200_000}
