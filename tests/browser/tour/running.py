"""For operations: how the services are. Figures change from one moment to the next, and are not compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tests.browser.browsing import log_in, opened
from tests.browser.tour.taking import WIDTH, Picture, Taking, Tour, until, window

OPERATOR = "Kristin Berge"


def operations(tour: Tour) -> Picture:
    """Show the operations page, once all is well."""
    with opened(tour.browser, tour.stack.url, size=(WIDTH, 1000)) as page:
        log_in(page, OPERATOR)
        until(page, page.get_by_text("Alle tjenestene er klare").is_visible)
        taken = window(page, 1000)
        boxes = [one.bounding_box() for one in page.locator("td.figure, #e-post ~ *, #svarut ~ *").all()]
    figures = [
        (round(box["x"]), round(box["y"]), round(box["x"] + box["width"]), round(box["y"] + box["height"]))
        for box in boxes
        if box
    ]
    return replace(taken, moving=(*taken.moving, *figures))


PICTURES: Mapping[str, Taking] = {"operations": operations}
