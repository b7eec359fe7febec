"""How the tour's pictures are taken: a stack with demo data, one caseworker's browser, one function a picture."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, Frame, Page

from contracts.envelope import Message
from contracts.imdi.v1 import PublishDistributionList
from contracts.topics import IMDI_LISTS
from ops import broker
from ops.demo.lists import distribution_list
from ops.inbound import Inbound
from ops.testing.stacks import RunningStack, fordeling, running_stack
from tests.browser.browsing import PHONE, log_in, opened
from tests.browser.imdi import Imdi, now

WIDTH, PATIENCE = 1100, 90.0
NUMBER, WRITER, LIST = "4601", "Anne Vik", "FL-2026-000120"
HOME = f"/kommune/k-{NUMBER}"
LISTS = f"{HOME}/bosetting/fordelinger"
SEED = 82287
"""A family of four, and one person alone who uses a wheelchair."""

# Visible text that changes with the day the picture is taken: dates, times of day, days left, weeks. One with the name
# of a month is longer or shorter another day: what is beside it to the end of the line is left out too.
_CHANGING = r"""
  const named = /\d\. (januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember)/;
  const digits = /\d\d\.\d\d\.\d{4}|kl\. \d\d\.\d\d|\d\d:\d\d|\d+ dag|[Uu]ke \d+|i dag|[0-9a-f-]{20}/;
  const moving = new RegExp(`${named.source}|${digits.source}`);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const changing = [];
  while (texts.nextNode()) if (moving.test(texts.currentNode.data)) changing.push(texts.currentNode);
"""
# Its digits get one width: with their own, lines break elsewhere at 11.11 than at 20.40, and what is beside it moves.
_EVEN = f"""() => {{ {_CHANGING}
  for (const text of changing) text.parentElement.style.fontVariantNumeric = "tabular-nums";
}}"""
_MOVING = f"""() => {{ {_CHANGING}
  const found = [];
  for (const text of changing) {{
    const range = document.createRange();
    range.selectNodeContents(text);
    let block = text.parentElement;
    while (getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
    const end = named.test(text.data) ? block.getBoundingClientRect().right : 0;
    for (const box of range.getClientRects()) found.push([box.left, box.top, Math.max(box.right, end), box.bottom]);
  }}
  for (const field of document.querySelectorAll("input[type=date], input[type=week]")) {{
    const box = field.getBoundingClientRect();
    found.push([box.left, box.top, box.right, box.bottom]);
  }}
  return found;
}}"""

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Picture:
    """moving: boxes in pixels whose content depends on the day; they are not compared."""

    image: Image.Image
    moving: tuple[Box, ...] = ()


@dataclass
class Tour:
    """What the pictures share. page: the caseworker's, logged in."""

    stack: RunningStack
    browser: Browser
    page: Page

    @property
    def bootstrap(self) -> str:
        """Where IMDi's systems publish."""
        return self.stack.environment["KAFKA_BOOTSTRAP_SERVERS"]

    def imdi(self) -> Imdi:
        """IMDi's systems."""
        return Imdi(self.bootstrap)

    def publish(self, body: Message) -> None:
        """Publish as IMDi does, on the topic of lists."""
        broker.publish(self.bootstrap, [Inbound(0, IMDI_LISTS, body)], now(), lambda _done: None)

    def publish_the_list(self) -> PublishDistributionList:
        """Publish the list that the tour follows: the same people each time."""
        today = now().date()
        body = distribution_list(Random(SEED), municipality_number=NUMBER, persons=5, today=today, list_id=LIST, days=7)
        self.publish(body)
        return body

    def go(self, path: str) -> Page:
        """Open a page, and return it."""
        self.page.goto(path)
        return self.page

    @contextmanager
    def phone(self, language: str) -> Iterator[Page]:
        """Open the same caseworker's phone, dark."""
        with opened(self.browser, self.stack.url, size=PHONE, scheme="dark", language=language) as page:
            log_in(page, WRITER)
            yield page


Taking = Callable[[Tour], Picture]


@contextmanager
def touring(browser: Browser, data_dir: Path) -> Iterator[Tour]:
    """Start a stack with the demonstration's data, and log the caseworker in.

    Nothing pops up over the pictures: pages hear no events, and are loaded again. SvarUt's clock, ten minutes a second
    in a demonstration, all but stands still from the beginning: how far a letter has come, and whether its notice is
    there yet, would hang on how fast the machine is.
    """
    with running_stack(data_dir, "--no-demo") as stack, opened(browser, stack.url, size=(WIDTH, 1000)) as page:
        page.add_init_script("delete window.EventSource")
        log_in(page, WRITER)
        tour = Tour(stack, browser, page)
        let_pass(tour, 0)
        loaded = fordeling("demo", "load", "--data-dir", str(data_dir))
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
        yield tour


def take(tour: Tour, wanted: Mapping[str, Taking]) -> Iterator[tuple[str, Picture]]:
    """Take the pictures one after the other."""
    for name, taking in wanted.items():
        yield name, taking(tour)


def let_pass(tour: Tour, seconds: float) -> None:
    """Let SvarUt's time pass, all at once: it stands still before and after."""
    address = f"{tour.stack.environment['SVARUT_URL']}/admin/klokke"
    answer = tour.page.request.post(address, data={"fart": 1e-6, "frem": seconds})
    assert answer.ok, answer.text()


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Load the page again until something holds for it."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"still not so: {page.url}")
        page.wait_for_timeout(250)
        page.reload()


def until_shown(page: Page, text: str) -> None:
    """Load the page again until it shows a text."""
    until(page, page.get_by_text(text).first.is_visible)


def window(page: Page, height: int, top: str | None = None) -> Picture:
    """Take what a window of that height shows; ``top``: the element at its upper edge, with some air."""
    page.wait_for_load_state()
    page.set_viewport_size({"width": (page.viewport_size or {"width": WIDTH})["width"], "height": height})
    for frame in page.frames:
        frame.evaluate(_EVEN)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.evaluate("document.activeElement?.blur()")
    page.mouse.move(0, 0)
    if top is None:
        page.evaluate("scrollTo(0, 0)")
    else:
        page.locator(top).first.evaluate("it => scrollTo(0, it.getBoundingClientRect().top + scrollY - 24)")
    moving = tuple(box for frame in page.frames for box in _moving(frame))
    return Picture(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), moving)


def _moving(frame: Frame) -> Iterator[Box]:
    """Give the boxes of a document that change with the day, where they are in the page that it is in."""
    within = frame.frame_element().bounding_box() if frame.parent_frame else None
    x, y = (within["x"], within["y"]) if within else (0, 0)
    for left, top, right, bottom in frame.evaluate(_MOVING):
        yield round(x + left), round(y + top), round(x + right), round(y + bottom)


def paper(pdf: bytes, width: int = 700) -> Picture:
    """Draw the first page of a PDF. Its dates stand where they stood the last time: nothing is left out."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    return Picture(page.render(scale=width / page.get_width()).to_pil().convert("RGB"))
