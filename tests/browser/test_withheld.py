"""What is withheld does not come to a browser while its user answers: neither shown nor hidden in what was loaded."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Request

from ops.testing.stacks import RunningStack
from tests.browser.browsing import log_in, opened
from tests.browser.imdi import Imdi
from tests.browser.test_whole_flow import BERGEN, imdi, names_of, open_list, reload_until

__all__ = ["imdi"]

pytestmark = pytest.mark.heavy


@dataclass
class Loaded:
    """All that a page has loaded, by address: headers and body, but of streams, which do not end."""

    answers: list[tuple[str, str]] = field(default_factory=list)

    def note(self, request: Request) -> None:
        """Keep what was answered to a request."""
        answer = request.response()
        if answer is None:
            return
        whole = "\n".join(f"{name}: {value}" for name, value in answer.all_headers().items())
        # A redirect has no body, and asking for it fails.
        body = "" if 300 <= answer.status < 400 else answer.body().decode("latin-1")
        self.answers.append((request.url, f"{whole}\n{body}"))

    def holding(self, marks: list[str]) -> list[str]:
        """Name the addresses whose answers hold any of these."""
        written = [mark.encode().decode("latin-1") for mark in marks]
        return [url for url, told in self.answers if any(mark in told for mark in written)]


def test_nothing_withheld_is_loaded_while_a_list_is_answered(stack: RunningStack, imdi: Imdi, browser: Browser) -> None:
    """From the login to the approved list, details opened; once it is sent the folder has what was looked for."""
    body = imdi.publish(BERGEN, persons=2)
    marks = [mark for mark in names_of(body) if len(mark) > 4]
    marks += [person.identity.family_name for person in body.persons]
    marks += [line for person in body.persons for line in person.identity.address.lines]
    loaded = Loaded()
    with opened(browser, stack.url) as page:
        page.on("requestfinished", loaded.note)
        log_in(page, "Anne Vik")
        open_list(page, BERGEN, body)
        page.get_by_text("Vis detaljer").first.click()
        page.get_by_role("textbox", name="Beskjed til IMDi").fill("Vi tar imot begge.")
        page.get_by_role("button", name="Godkjenn liste").click()
        page.get_by_role("button", name="Send svar").wait_for()
        assert len(loaded.answers) > 20
        assert loaded.holding(marks) == []

        page.get_by_role("button", name="Send svar").click()
        page.wait_for_url("**/kvittering")
        page.goto(f"/kommune/k-{BERGEN}/bosetting/fordelinger/{body.list_id}/personer/1")
        reload_until(page, page.get_by_text(body.persons[0].identity.family_name).first.is_visible)
        assert {url.rpartition("/")[2] for url in loaded.holding(marks)} == {"1"}
