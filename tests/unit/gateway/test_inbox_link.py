"""The way from the work surface to the embedded inbox."""

from __future__ import annotations

import pytest

from tests.unit.gateway.fakes import Desktop, settings
from tests.unit.gateway.samples import OSLO, user

INBOX = "http://localhost:9999"


@pytest.mark.parametrize(("embedded", "shown"), [(True, True), (False, False)])
def test_the_inbox_is_linked_in_the_embedded_stack_only(embedded: bool, shown: bool) -> None:
    """Where mails go to real people no page links to an inbox, whatever the environment says."""
    found = Desktop(
        user(), settings=settings(fordeling_embedded=embedded, mail_url=INBOX, public_url="https://fordeling.example")
    )
    page = found.get(f"/kommune/{OSLO}/arbeidsflate")
    assert page.status_code == 200
    assert (INBOX in page.text) is shown
