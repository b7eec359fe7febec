"""What the tour waits for before it goes on."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.tour.placed import handed_over

LETTERS = """<ul class="letters">
  <li>Vedtak <span class="ds-tag">Ikke sendt ennå</span></li>
  <li>Brev 1 <span class="ds-tag"> Sendt 27.11.2026 </span></li>
  <li>Brev 2 <span class="ds-tag">Lages nå</span></li>
</ul>"""


def test_a_letter_that_is_not_sent_yet_is_not_taken_for_one_that_is(browser: Browser) -> None:
    """Of "Ikke sendt ennå" and "Sendt" only the second is with SvarUt: whose clock stands still after that."""
    page = browser.new_page()
    page.set_content(LETTERS)
    assert handed_over(page) == 1
