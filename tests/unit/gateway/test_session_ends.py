"""How sessions end: told of before, all at once, or by the login provider's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from gateway.auth.endings import EVENT
from gateway.auth.oidc import Provider
from gateway.auth.users import pseudonym
from tests.unit.gateway.fakes import Desktop, FakeReader, FakeSessions
from tests.unit.gateway.samples import LIST, NOW, OSLO, one_list, user
from tests.unit.gateway.test_oidc import ISSUER, NOW as LATER, Issuer

PAGE = f"/kommune/{OSLO}/bosetting/fordelinger/{LIST}"


@pytest.mark.parametrize(("minutes", "warned"), [(31, False), (30, True), (1, True)])
def test_before_the_last_half_hour_every_page_tells_of_the_end(minutes: int, warned: bool) -> None:
    """By the clock, without a script: when, and that what one works on is to be saved; not earlier."""
    one = replace(user(), until=NOW + timedelta(minutes=minutes), idle_until=NOW + timedelta(minutes=30))
    answer = Desktop(one, FakeReader({LIST: one_list()})).get(PAGE)
    assert ("åtte timer etter at du logget inn" in answer.text) is warned
    assert "Gjør du ingenting her, logges du ut 24.11.2026 kl. 11.00." in answer.text


def test_one_ends_all_sessions_of_ones_own() -> None:
    """The page lists them and has the button; all end, here and at the provider, and the cookie goes."""
    found = Desktop(user())
    page = found.get("/innlogginger")
    assert page.text.count("<time") == 2
    assert 'action="/logg-ut/alle"' in page.text
    answer = found.post("/logg-ut/alle", {})
    assert answer.headers["location"] == "https://login.example/ansattporten/endsession"
    assert found.sessions.ended == ["all of u-1"]
    assert "Max-Age=0" in str(answer.headers.get_list("set-cookie"))


def signed(issuer: Issuer, key: RSAKey | None = None, **changes: Any) -> str:
    """Sign a logout token; a claim that is None is left out."""
    claims = {"iss": ISSUER, "aud": "fordeling", "iat": 1_700_000_000, "exp": LATER, "jti": "j", "sid": "a-sid"}
    claims |= {"events": {EVENT: {}}} | changes
    used = key or issuer.key
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": "one"}, kept, used)


def told(issuer: Issuer, token: str) -> tuple[int, list[str]]:
    """Have the provider send it; gives the status, and what has ended."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(issuer.answer))
    provider: Any = Provider(ISSUER, "fordeling", "secret", "https://fordeling.example/logg-inn/retur", http)
    found = Desktop(sessions=FakeSessions(), provider=provider)
    answer = found.client.post("/logg-ut/leverandor", data={"logout_token": token})
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, found.sessions.ended


def test_the_provider_ends_its_session_or_all_of_a_user() -> None:
    """By its own id of the session; by the user where it names none."""
    issuer = Issuer()
    assert told(issuer, signed(issuer)) == (200, ["sid a-sid"])
    found = Desktop()
    key = found.settings.pseudonym_key
    whole = signed(issuer, sid=None, sub="12345678901")
    assert told(issuer, whole) == (200, [f"all of {pseudonym(key, ISSUER, '12345678901')}"])


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "n"},  # an ID token
        {"events": None},
        {"events": {"other": {}}},
        {"sid": None},
        {"aud": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": 1_000_000_000},
        {"jti": None},
    ],
)
def test_what_is_no_logout_token_ends_nothing(changes: dict[str, Any]) -> None:
    """400, for each of its rules; nor does one that another has signed, or no token at all."""
    issuer = Issuer()
    assert told(issuer, signed(issuer, **changes)) == (400, [])
    assert told(issuer, signed(issuer, RSAKey.generate_key(2048, {"kid": "one"}))) == (400, [])
    assert told(issuer, "") == (400, [])
