"""From the placement to the grant, through all real parts: folders, settlement, ledger, and what IMDi hears."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.distribution.v1 import PersonSettled
from contracts.imdi.v1 import PublishDistributionList
from contracts.topics import DISTRIBUTION_EVENTS
from ops.testing.stacks import RunningStack
from ops.topics import records
from tests.browser.browsing import log_in, opened
from tests.browser.imdi import Imdi, now
from tests.browser.test_whole_flow import LISTS, SOGNDAL, imdi, names_of, open_list, reload_until, until_shown

pytestmark = pytest.mark.heavy

__all__ = ["imdi"]


def answered(page: Page, body: PublishDistributionList) -> None:
    """Take everybody on the list."""
    open_list(page, SOGNDAL, body)
    page.get_by_role("button", name="Godkjenn liste").click()
    assert not [name for name in names_of(body) if name and name in page.content()]
    page.get_by_role("button", name="Send svar").click()
    page.wait_for_url("**/kvittering")


def held(page: Page, list_id: str) -> dict[str, int]:
    """Sum up the list's lines in the ledger of places."""
    page.goto(f"/kommune/k-{SOGNDAL}/plassregnskap")
    lines = page.locator("tbody tr", has_text=list_id).all_inner_texts()
    return {word: sum(word in line for line in lines) for word in ("Forespurt", "Søkt ut", "Bosatt")}


def test_a_placed_household_moves_in(stack: RunningStack, imdi: Imdi, browser: Browser) -> None:
    """Nobody is named before the placement; then by a look; all of a household is settled at once, and IMDi is told."""
    body = imdi.publish(SOGNDAL, persons=4)
    first = body.persons[0]
    members = [person.running_number for person in body.persons if person.household == first.household]
    folder = f"{LISTS.format(SOGNDAL)}/{body.list_id}/personer/1"
    with opened(browser, stack.url) as page:
        log_in(page, "Sigrid Fjære")
        page.goto(folder)
        expect(page.get_by_role("heading", level=1)).to_have_text("Vi finner ikke siden")
        answered(page, body)
        page.goto(folder)
        until_shown(page, "Oppslaget er registrert")
        name = f"{first.identity.given_name} {first.identity.family_name}"
        expect(page.get_by_role("heading", level=1)).to_have_text(name)

        page.goto(f"/kommune/k-{SOGNDAL}/bosetting/personer")
        link = page.get_by_role("link", name=re.compile(f"for husstand {first.household} på {body.list_id}"))
        reload_until(page, lambda: link.count() == 1)
        assert not [one for one in names_of(body) if one and one in page.content()]
        link.click()
        page.get_by_label("Datoen husstanden flyttet inn").fill(now().date().isoformat())
        page.get_by_role("button", name="Registrer bosettingen").click()
        expect(page.get_by_role("status")).to_have_text("Bosettingen er registrert.")
        reload_until(page, lambda: held(page, body.list_id)["Bosatt"] > 0)
    facts = [
        json.loads(record.value)
        for record in records.held(imdi.bootstrap, DISTRIBUTION_EVENTS.name)
        if record.value
        and record.header("ce_type") == PersonSettled.message_type
        and record.header("ce_subject") == body.list_id
    ]
    assert [fact["person"]["running_number"] for fact in facts] == members
    assert {fact["settlement_date"] for fact in facts} == {now().date().isoformat()}
