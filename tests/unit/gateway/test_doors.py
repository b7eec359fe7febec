"""Who gets in, and what every answer carries."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import structlog

from contracts.codes import ListStatus, PersonStatus, Role
from gateway.auth.guards import UNATTENDED_HEADER, local_path
from gateway.auth.users import Access, User
from gateway.pages import render
from gateway.pages.assets import Assets, AssetsMissingError
from gateway.settings import GatewaySettings
from tests.unit.gateway.fakes import TOKEN, Desktop, FakeProvider, FakeReader, FakeSessions, settings
from tests.unit.gateway.report_samples import HOME
from tests.unit.gateway.samples import LIST, OSLO, WRITER, folder, one_list, placed_person, user

ROOT = f"/kommune/{OSLO}"
PAGE = f"{ROOT}/bosetting/fordelinger/{LIST}"
YEAR = f"{ROOT}/vedtak/2027"
FOLDER = f"{PAGE}/personer/1"
HOUSEHOLD = f"{PAGE}/husstand/1"
CORRECTION = f"{PAGE}/personer/2/bosettingsdato"
REPORTS = f"{ROOT}/bosetting/innmeldinger"
REPORT = f"{REPORTS}/boliger/{HOME}"
GETS = [
    ROOT,
    f"{ROOT}/arbeidsflate",
    f"{ROOT}/varsler/valg",
    f"{ROOT}/bosetting",
    f"{ROOT}/bosetting/fordelinger",
    f"{ROOT}/bosetting/fordelinger/sok",
    f"{ROOT}/bosetting/fordelinger.csv",
    f"{ROOT}/bosetting/fordelinger.xlsx",
    f"{ROOT}/bosetting/statistikk",
    f"{ROOT}/bosetting/statistikk.csv",
    f"{ROOT}/vedtak",
    YEAR,
    f"{YEAR}/brev/3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c22.pdf",
    f"{ROOT}/plassregnskap",
    f"{ROOT}/plassregnskap.csv",
    PAGE,
    f"{PAGE}/utskrift",
    f"{PAGE}/personer.csv",
    f"{PAGE}/personer.xlsx",
    f"{PAGE}/kvittering",
    FOLDER,
    f"{FOLDER}/oppslag",
    f"{ROOT}/bosetting/personer",
    HOUSEHOLD,
    CORRECTION,
    f"{PAGE}/brev/3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c22.pdf",
    REPORTS,
    f"{REPORTS}/boliger",
    f"{REPORTS}/antall-plasser",
    REPORT,
    f"{PAGE}/arkiv.zip",
    f"{ROOT}/kommando/3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c22",
]
LISTS = f"{ROOT}/bosetting/fordelinger"
CHOICES = f"{ROOT}/varsler/valg"
POSTS = [
    f"{PAGE}/svar",
    f"{PAGE}/send",
    f"{PAGE}/tilbake",
    f"{PAGE}/sporsmal",
    f"{ROOT}/varsler/lest",
    f"{ROOT}/varsler/valg",
    YEAR,
    f"{FOLDER}/helse",
    f"{HOUSEHOLD}/bosatt",
    f"{HOUSEHOLD}/uke",
    CORRECTION,
    f"{LISTS}/sok",
]
POSTS += [REPORT, f"{REPORT}/bekreft", f"{REPORT}/trekk"]


STREAMS = [f"{ROOT}/hendelser"]
"""What a page asks by itself: who is not logged in would not see the login."""


ANY_OF = (
    r"[0-9a-f]{8}-.{27}(\.pdf)?|\b2027\b|(?<=personer/)[12]|(?<=husstand/)1"
    r"|(?<=innmeldinger/)(boliger|antall-plasser)"
)
"""What a route's parameters stand for here."""


def test_the_routes_here_are_all_there_are() -> None:
    """A new route about a municipality must be added to these tests."""
    paths = {route.path for route in Desktop().app.routes if route.path.startswith("/kommune/")}
    known = {re.sub(ANY_OF, "?", path).replace(OSLO, "?").replace(LIST, "?") for path in GETS + POSTS + STREAMS}
    assert {re.sub(r"\{[^}]+\}", "?", path) for path in paths} == known


@pytest.mark.parametrize("path", GETS)
def test_nobody_is_sent_to_log_in_and_then_on(path: str) -> None:
    """Without a session every page leads to the login, and names where to go on."""
    answer = Desktop().get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/logg-inn?neste=" + path.replace("/", "%2F")


@pytest.mark.parametrize("path", POSTS)
def test_a_form_without_session_changes_nothing(path: str) -> None:
    """It stays to be sent again, with a way to the login, and from there to the page of the form, which there is."""
    placed = one_list(placed_person(1), placed_person(2, PersonStatus.SETTLED), status=ListStatus.ANSWERED)
    found = Desktop(reader=FakeReader({LIST: placed}, folders={(LIST, 1): folder(1)}))
    found.get("/")
    token = found.client.cookies["__Host-skjema"]
    answer = found.client.post(path, data={"_csrf_token": token, "beskjed": "Hei"}, follow_redirects=False)
    assert answer.status_code == 401
    assert f'<form method="post" action="{path}"' in answer.text
    assert '<input type="hidden" name="beskjed" value="Hei">' in answer.text
    wanted = unquote(re.findall(r'href="/logg-inn\?neste=([^"]+)"', answer.text)[0])
    pages = {one: one for one in (CORRECTION, HOUSEHOLD, FOLDER, PAGE, YEAR, LISTS, CHOICES)} | {
        REPORT: f"{REPORTS}/boliger"
    }
    assert wanted == next((page for form, page in pages.items() if path.startswith(form)), f"{ROOT}/arbeidsflate")
    assert found.desk.sent == []
    assert local_path(wanted) == wanted
    assert Desktop(user(), found.reader).get(wanted).status_code == 200


@pytest.mark.parametrize("path", STREAMS)
def test_nobody_is_told_anything(path: str) -> None:
    """Without a session: 401, and no login begins that nobody would see and that would spoil one under way."""
    found = Desktop()
    answer = found.get(path)
    assert answer.status_code == 401
    assert found.sessions.attempts == {}
    assert "text/html" in answer.headers["content-type"]


def test_what_a_page_asks_by_itself_keeps_no_session_alive() -> None:
    """Its stream, and its own address asked for anew with a header; all else does."""
    found = Desktop(user())
    for path in STREAMS:
        assert found.get(path).status_code == 503, "this one has no streams"
    found.client.get(f"{ROOT}/arbeidsflate", headers={UNATTENDED_HEADER: "1"})
    found.get(f"{ROOT}/arbeidsflate")
    assert found.sessions.attended == [*(False for _ in STREAMS), False, True]


@pytest.mark.parametrize("path", [*GETS, *POSTS, *STREAMS])
def test_another_municipality_is_as_one_that_does_not_exist(path: str) -> None:
    """The same 404, byte for byte but for the form token, whether the municipality exists or not."""
    found = Desktop(User("u-1", "Kari", (Access("k-4601", "Bergen", Role.SETTLEMENT_WRITER),)))
    found.reader.lists[LIST] = one_list()
    get = (lambda at: found.post(at, {})) if path in POSTS else found.get
    theirs, nowhere = get(path), get(path.replace(OSLO, "k-9999"))
    assert (theirs.status_code, nowhere.status_code) == (404, 404)
    assert _without_token(theirs.text) == _without_token(nowhere.text)
    assert "Oslo" not in theirs.text


def test_another_municipalitys_list_is_not_there() -> None:
    """One's own municipality in the path, another's list id: the same 404 as for a list that is not."""
    foreign = one_list()
    foreign = type(foreign)(
        foreign.state.model_copy(update={"municipality_id": "k-4601"}), 1, foreign.persons, foreign.year, 1, (), 2026
    )
    found = Desktop(user(), FakeReader({LIST: foreign}))
    theirs, nowhere = found.get(PAGE), found.get(PAGE.replace("123", "124"))
    assert (theirs.status_code, nowhere.status_code) == (404, 404)
    assert _without_token(theirs.text) == _without_token(nowhere.text)


@pytest.mark.parametrize(
    "path", [f"{ROOT}/bosetting/fordelinger/%00", f"{ROOT}/bosetting/fordelinger/x", "/nothing", "/kommune/"]
)
def test_an_odd_address_is_a_page_that_says_so(path: str) -> None:
    """404 with the page, its headers and no trace."""
    answer = Desktop(user()).get(path)
    assert answer.status_code == 404
    assert "Vi finner ikke siden" in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"]


def test_a_form_without_its_token_is_refused() -> None:
    """Another site cannot send our forms."""
    found = Desktop(user(), FakeReader({LIST: one_list()}))
    found.get(PAGE)
    for data in ({}, {"_csrf_token": "x" * 128}):
        assert found.client.post(f"{PAGE}/send", data=data).status_code == 403
    assert found.desk.sent == []


@pytest.mark.parametrize("path", ["/", "/hjelp", PAGE, "/nothing", "/livez"])
def test_every_answer_carries_the_headers(path: str) -> None:
    """No inline script or style, no frame, no sniffing, nothing kept."""
    headers = Desktop(user(), FakeReader({LIST: one_list()})).get(path).headers
    policy = headers["content-security-policy"]
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["strict-transport-security"].startswith("max-age=")


@pytest.mark.parametrize("template", sorted(path.name for path in render.TEMPLATES.glob("*.html")))
def test_templates_have_no_inline_script_or_style(template: str) -> None:
    """The policy would block them, and nobody would notice in a test without a browser."""
    text = (render.TEMPLATES / template).read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", text)


def test_cookies_are_ours_alone() -> None:
    """Secure, HttpOnly, SameSite, host-only by their prefix."""
    found = Desktop()
    login = found.get("/logg-inn").headers["set-cookie"]
    form = found.get("/").headers.get("set-cookie", login)
    for cookie in (login, form):
        assert cookie.startswith("__Host-") or "__Host-" in cookie
        for part in ("HttpOnly", "Path=/", "Secure"):
            assert part in cookie
        assert "samesite=lax" in cookie.lower()
        assert "Domain" not in cookie


def test_logging_in_starts_a_new_session_and_ends_the_old() -> None:
    """The browser that began comes back with the code: a fresh token, the rights of the claims, and on to the page."""
    claims = {
        "sub": "12345678901",
        "name": "Kari Nordmann",
        "authorization_details": [
            {
                "type": "ansattporten:altinn:resource",
                "resource": "urn:altinn:resource:fordeling-bosetter-skriv",
                "authorized_parties": [{"orgno": {"authority": "iso6523-actorid-upis", "ID": "0192:958935420"}}],
            }
        ],
    }
    sessions = FakeSessions()
    found = Desktop(provider=FakeProvider(claims_found=claims), sessions=sessions)
    found.client.cookies.set("__Host-okt", "an-old-one")
    found.get(f"/logg-inn?neste={ROOT}/arbeidsflate")
    [state] = sessions.attempts
    answer = found.get(f"/logg-inn/retur?code=c&state={state}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/arbeidsflate")
    assert f"__Host-okt={TOKEN}" in str(answer.headers.get_list("set-cookie"))
    assert sessions.ended == ["an-old-one"]
    [(user_id, name, grants)] = sessions.started
    assert name == "Kari Nordmann"
    assert "12345678901" not in user_id
    assert [grant.organisation_number for grant in grants] == ["958935420"]


def test_a_login_of_another_browser_is_not_taken() -> None:
    """A code and state lured into another browser start no session; nor does a second use."""
    sessions = FakeSessions()
    found = Desktop(sessions=sessions)
    found.get("/logg-inn")
    [state] = sessions.attempts
    found.client.cookies.set("__Host-innlogging", "somebody-else")
    assert found.get(f"/logg-inn/retur?code=c&state={state}").status_code == 400
    assert found.get("/logg-inn/retur?error=access_denied").status_code == 400
    assert sessions.started == []


def test_a_provider_that_is_down_is_a_clear_page() -> None:
    """503 for who logs in; who is in goes on."""
    found = Desktop(user(), FakeReader({LIST: one_list()}), provider=FakeProvider(down=True))
    answer = found.get("/logg-inn")
    assert answer.status_code == 503
    assert "Innloggingen svarer ikke" in answer.text
    assert found.get(PAGE).status_code == 200


def test_logging_out_ends_the_session_here_and_there() -> None:
    """The row is gone, the cookie cleared, and the provider asked to end its own."""
    found = Desktop(user())
    answer = found.post("/logg-ut", {})
    assert answer.headers["location"] == "https://login.example/ansattporten/endsession"
    assert found.sessions.ended == [TOKEN]
    assert "Max-Age=0" in str(answer.headers.get_list("set-cookie"))


def test_several_municipalities_are_chosen_between() -> None:
    """One goes straight to the work surface; several choose; none are told whom to ask."""
    assert Desktop(user()).get("/").headers["location"] == f"{ROOT}/arbeidsflate"
    several = Desktop(user(WRITER, Access("k-4601", "Bergen", Role.SETTLEMENT_READER)))
    assert several.get("/").headers["location"] == "/velg-kommune"
    page = several.get("/velg-kommune").text
    assert "Oslo kommune" in page
    assert "Bergen kommune" in page
    nowhere = Desktop(User("u-1", "Kari", ())).get("/velg-kommune")
    assert nowhere.status_code == 403
    assert "bosetter-skriv" in nowhere.text


def test_a_broken_page_tells_no_value_to_user_or_log() -> None:
    """500 without a trace; the log has the kind and the place, not the text of the error."""
    found = Desktop(user(), FakeReader(broken=RuntimeError("a name that no log may hold")))
    with structlog.testing.capture_logs() as logs:
        answer = found.get(f"{ROOT}/arbeidsflate")
    assert answer.status_code == 500
    assert "Noe gikk galt hos oss" in answer.text
    assert "a name that no log may hold" not in answer.text + str(logs)
    assert logs[0]["error"] == "RuntimeError"


def test_a_database_that_is_away_is_not_a_fault_of_the_page() -> None:
    """503 and try again, not 500."""
    answer = Desktop(user(), FakeReader(broken=ConnectionRefusedError())).get(f"{ROOT}/arbeidsflate")
    assert answer.status_code == 503
    assert "ikke tilgjengelig akkurat nå" in answer.text


def test_a_default_secret_starts_only_the_embedded_stack() -> None:
    """Outside it a secret of one's own is demanded; there plain http does without Secure."""
    for secret in ("", "secret", "changeme", "too short"):
        with pytest.raises(ValueError, match="GATEWAY_SECRET: a secret of your own"):
            settings(secret=secret)
    with pytest.raises(ValueError, match="OIDC_CLIENT_SECRET"):
        settings(oidc_client_secret="secret")
    embedded: Any = settings(secret="secret", fordeling_embedded=True, public_url="http://localhost:8080")
    assert isinstance(embedded, GatewaySettings)
    assert not embedded.secure
    assert settings(fordeling_embedded=True).secure


def test_browser_files_are_named_by_their_contents(tmp_path: Path) -> None:
    """Cached for good under a name that changes with them; what is not installed is told with what to do."""
    found = Desktop()
    answer = found.get("/static/0/app.css")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert found.get("/static/1/app.css").status_code == 404
    assert found.get("/static/0/../settings.py").status_code == 404
    with pytest.raises(AssetsMissingError, match="npm ci"):
        Assets.read(tmp_path)


def _without_token(text: str) -> str:
    """Leave out what is the request's own: its form's token, and the address to change the language at."""
    return re.sub(r'name="(_csrf_token|neste)" value="[^"]+"', "", text)
