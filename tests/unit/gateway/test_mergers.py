"""Pages and API of a municipality that has become part of another one."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.codes import Role
from gateway.auth.users import Access, Merged, User
from tests.unit.gateway.api_fakes import ORGANISATION, READER_TOKEN, Api, FakeMunicipalities
from tests.unit.gateway.fakes import Desktop
from tests.unit.gateway.samples import LIST, OSLO, WRITER, one_list
from tests.unit.gateway.test_doors import GETS, POSTS

GONE = Merged(OSLO, "Oslo", date(2028, 1, 1), "k-4601", "Bergen", "4601")
THROUGH = Access(OSLO, "Oslo", Role.SETTLEMENT_WRITER, successor="k-4601", successor_name="Bergen")
BERGEN = Access("k-4601", "Bergen", Role.SETTLEMENT_WRITER)
TOLD = "Oslo kommune er fra 01.01.2028 en del av Bergen kommune."


@pytest.mark.parametrize("path", [*GETS, *POSTS])
def test_the_old_organisation_is_told_of_the_merger(path: str) -> None:
    """Every page and form of the old municipality: 403, with the day, the new municipality and what to do."""
    found = Desktop(User("u-1", "Kari", (), merged=(GONE,)))
    answer = found.post(path, {}) if path in POSTS else found.get(path)
    assert answer.status_code == 403
    assert TOLD in answer.text
    assert "Logg inn på vegne av den" in answer.text
    assert found.desk.sent == []


def test_logging_in_for_the_old_organisation_leads_to_what_to_do() -> None:
    """The front page and the choice of municipality; another right is not in the way."""
    alone = Desktop(User("u-1", "Kari", (), merged=(GONE,)))
    assert alone.get("/").headers["location"] == "/velg-kommune"
    answer = alone.get("/velg-kommune")
    assert (answer.status_code, TOLD in answer.text) == (403, True)
    other = Desktop(User("u-1", "Kari", (BERGEN,), merged=(GONE,)))
    assert other.get("/").headers["location"].endswith("/k-4601/arbeidsflate")


def test_the_successor_finds_both_and_sees_which_is_which() -> None:
    """The choice, the head of each page, and a link from the work surface of the new one."""
    found = Desktop(User("u-1", "Kari", (BERGEN, THROUGH)))
    found.reader.lists[LIST] = one_list()
    assert "Nå en del av Bergen kommune. Her er det som sto under Oslo." in found.get("/velg-kommune").text
    page = found.get(f"/kommune/{OSLO}/bosetting/fordelinger/{LIST}")
    assert (page.status_code, "Nå en del av Bergen kommune" in page.text) == (200, True)
    surface = found.get("/kommune/k-4601/arbeidsflate").text
    assert "Oslo kommune er blitt en del av kommunen." in surface
    assert f'href="/kommune/{OSLO}/arbeidsflate"' in surface
    assert (
        "blitt en del av" not in Desktop(User("u-1", "Kari", (BERGEN, WRITER))).get("/kommune/k-4601/arbeidsflate").text
    )


@pytest.mark.parametrize("path", ["/municipalities", f"/municipalities/{OSLO}", "/municipalities/k-4601"])
def test_a_token_of_the_old_organisation_is_refused_by_name(path: str) -> None:
    """403 ``municipality-merged`` with the successor's number, whatever it asks for."""
    found = Api(municipalities=FakeMunicipalities(known={}, gone={ORGANISATION: GONE}))
    answer = found.get(path, bearer=READER_TOKEN)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:problem-type:fordeling:municipality-merged")
    assert answer.json()["detail"] == "It is part of Bergen (4601) since 2028-01-01."
