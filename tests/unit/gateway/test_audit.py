"""Refused requests: each is written down, by whichever door it was tried, and none by what is not an id."""

from __future__ import annotations

import pytest

from contracts.codes import Role
from gateway.audit.record import Denied
from gateway.auth.users import Access
from gateway.folders.looks import Channel
from tests.unit.gateway.api_fakes import Api, ApiReader
from tests.unit.gateway.fakes import Desktop, FakeAudit, FakeReader
from tests.unit.gateway.samples import LIST, OSLO, READER, one_list, person, user

BERGEN = Access("k-4601", "Bergen", Role.SETTLEMENT_WRITER)
LISTS = f"/kommune/{OSLO}/bosetting/fordelinger"


def test_a_page_of_another_municipality_is_refused_with_a_row() -> None:
    """Who, what route, of which municipality and list, and that there is no access."""
    found = Desktop(user(BERGEN))
    assert found.get(f"{LISTS}/{LIST}").status_code == 404
    [(asker, tried, why)] = found.audit.written
    assert (asker.user_id, asker.role, asker.channel) == ("u-1", None, Channel.PAGE)
    assert tried.what.startswith("GET /kommune/{municipality_id")
    assert (tried.municipality_id, tried.subject, why) == (OSLO, LIST, Denied.NO_ACCESS)


def test_a_list_that_is_not_ones_own_is_refused_with_a_row() -> None:
    """In one's own municipality; also a form of it."""
    found = Desktop(user())
    assert found.get(f"{LISTS}/FL-2026-999999").status_code == 404
    assert found.post(f"{LISTS}/FL-2026-999999/svar", {}).status_code == 404
    written = [(tried.subject, why) for _, tried, why in found.audit.written]
    assert written == [("FL-2026-999999", Denied.NOT_FOUND)] * 2


def test_a_readers_form_is_refused_with_a_row() -> None:
    """Of the role that may not."""
    found = Desktop(user(READER))
    assert found.post(f"{LISTS}/{LIST}/svar", {}).status_code == 403
    [(asker, tried, why)] = found.audit.written
    assert (asker.role, tried.subject, why) == (Role.SETTLEMENT_READER, LIST, Denied.FORBIDDEN)


def test_nobody_is_refused_with_a_row() -> None:
    """On the way to the login, and in the API; a page that is shown has none."""
    found = Desktop()
    assert found.get(f"{LISTS}/{LIST}").status_code == 303
    [(asker, tried, why)] = found.audit.written
    assert (asker.user_id, tried.subject, why) == (None, LIST, Denied.NOT_AUTHENTICATED)
    api = Api()
    assert api.client.get(f"/api/v1/municipalities/{OSLO}").status_code == 401
    assert [(one[0].user_id, one[0].channel, one[2]) for one in api.audit.written] == [
        (None, Channel.API, Denied.NOT_AUTHENTICATED)
    ]
    shown = Desktop(user())
    assert shown.get(f"/kommune/{OSLO}/arbeidsflate").status_code == 200
    assert shown.audit.written == []


def test_the_apis_refusals_have_rows() -> None:
    """Another municipality, a scope that may not, and a list that is not there: by the client's pseudonym."""
    api = Api()
    assert api.get("/municipalities/k-4601").status_code == 404
    assert api.get(f"/municipalities/{OSLO}/distribution-lists/FL-2026-999999").status_code == 404
    written = [(tried.municipality_id, tried.subject, why) for _, tried, why in api.audit.written]
    assert written == [("k-4601", None, Denied.NO_ACCESS), (OSLO, "FL-2026-999999", Denied.NOT_FOUND)]
    assert all(asker.user_id and asker.channel is Channel.API for asker, _, _ in api.audit.written)


def test_a_refused_token_has_a_row_whatever_was_asked_for() -> None:
    """Also where the path names no municipality; what is there for everybody, and a good token, have none."""
    api = Api()
    forged = {"Authorization": "Bearer forged"}
    assert api.client.get("/api/v1/municipalities", headers=forged).status_code == 401
    [(asker, tried, why)] = api.audit.written
    assert (asker.user_id, asker.channel, why) == (None, Channel.API, Denied.NOT_AUTHENTICATED)
    assert (tried.what, tried.municipality_id) == ("GET /api/v1/municipalities", None)
    assert api.client.get("/api/v1/openapi.json").status_code == 200
    assert api.get("/municipalities").status_code == 200
    assert len(api.audit.written) == 1


@pytest.mark.parametrize("odd", ["Kari", "17859010229", "202612345678", "KARI%20NORDMANN", "<script>"])
def test_what_is_no_id_of_ours_is_not_written(odd: str) -> None:
    """A path may hold anything, somebody's name or number too."""
    found = Desktop(user())
    found.get(f"{LISTS}/{odd}")
    found.get(f"/kommune/{odd}/bosetting/fordelinger/{LIST}")
    assert found.audit.written
    assert odd not in str(found.audit.written)


def test_a_refusal_that_cannot_be_written_is_a_refusal() -> None:
    """Nothing was shown."""
    found = Desktop(user(BERGEN))
    found.audit.broken = True
    assert found.get(f"{LISTS}/{LIST}").status_code == 404


def test_a_folders_refusal_has_one_row() -> None:
    """The look's own."""
    found = Desktop(user(BERGEN))
    assert found.get(f"{LISTS}/{LIST}/personer/1").status_code == 404
    assert (len(found.looks.written), found.audit.written) == (1, [])


def test_a_look_at_a_lists_persons_is_written_before_they_are_shown() -> None:
    """By the page, the file, a form that is wrong, and the API; an overview of lists shows nobody."""
    found = Desktop(user(), FakeReader({LIST: one_list(person(1))}))
    for path in (f"{LISTS}/{LIST}", f"{LISTS}/{LIST}/personer.csv"):
        found.audit.looks.clear()
        assert found.get(path).status_code == 200
        assert found.audit.looks == [("u-1", OSLO, LIST)]
    found.audit.looks.clear()
    found.get(f"/kommune/{OSLO}/arbeidsflate")
    found.get(LISTS)
    assert found.audit.looks == []
    api = Api(reader=ApiReader({LIST: one_list(person(1))}))
    assert api.get(f"/municipalities/{OSLO}/distribution-lists/{LIST}").status_code == 200
    [(client, *of)] = api.audit.looks
    assert (client, of) == (api.audit.looks[0][0], [OSLO, LIST])


def test_a_list_is_not_shown_where_the_look_cannot_be_written() -> None:
    """503 as where the database is away, on the page and in the API; nobody's details are in it."""
    found = Desktop(user(), FakeReader({LIST: one_list(person(1, occupation="Urmaker"))}), audit=FakeAudit(broken=True))
    answers = [found.get(f"{LISTS}/{LIST}"), found.post(f"{LISTS}/{LIST}/svar", {"beskjed": "Skrevet"})]
    api = Api(reader=ApiReader({LIST: one_list(person(1, occupation="Urmaker"))}), audit=FakeAudit(broken=True))
    answers.append(api.get(f"/municipalities/{OSLO}/distribution-lists/{LIST}"))
    assert [answer.status_code for answer in answers] == [503] * 3
    assert not [answer for answer in answers if "Urmaker" in answer.text]
    assert "Skrevet" in answers[1].text
