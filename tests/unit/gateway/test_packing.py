"""Who gets pages packed: whoever asks themselves, not whom another site has made ask."""

from __future__ import annotations

import pytest

from tests.unit.gateway.fakes import Desktop, FakeReader
from tests.unit.gateway.samples import LIST, OSLO, one_list, user

PATH = f"/kommune/{OSLO}/bosetting/fordelinger?sok=token"


@pytest.mark.parametrize(
    ("made_by", "packed"),
    [("none", True), ("same-origin", True), (None, True), ("cross-site", False), ("same-site", False)],
)
def test_a_page_is_packed_for_ourselves_only(made_by: str | None, packed: bool) -> None:
    """A page that another site has a browser ask for has its whole size, whatever stands in its address."""
    found = Desktop(user(), FakeReader({LIST: one_list()}))
    headers = {"accept-encoding": "gzip"} | ({"sec-fetch-site": made_by} if made_by else {})
    answer = found.client.get(PATH, headers=headers)
    assert answer.status_code == 200
    assert (answer.headers.get("content-encoding") == "gzip") is packed
