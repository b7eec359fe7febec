"""The embedded login provider, used as a browser without JavaScript and the gateway use it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwk, jwt

from gateway.auth.machines import Caller, TokenRefusedError, Tokens
from ops.testing.stacks import RunningStack

CALLBACK = "http://localhost:8080/logg-inn/retur"
VERIFIER = "a-verifier-that-is-long-enough-for-pkce-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    """Make a client that follows no redirect."""
    with httpx.Client(timeout=20) as client:
        yield client


def _metadata(browser: httpx.Client, stack: RunningStack) -> dict[str, str]:
    found: dict[str, str] = browser.get(stack.environment["OIDC_ISSUER"] + "/.well-known/openid-configuration").json()
    return found


def _log_in(browser: httpx.Client, metadata: dict[str, str], name: str) -> str:
    """Press a user's button on the login page; gives the code that comes back."""
    query = {
        "response_type": "code",
        "client_id": "fordeling",
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    page = browser.get(metadata["authorization_endpoint"], params=query)
    [form] = [form for form in page.text.split("<form")[1:] if f'<span class="name">{name}</span>' in form]
    fields = {field: unescape(value) for field, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
    back = browser.post(page.url, data=fields)
    assert back.status_code == 302
    assert back.headers["location"].startswith(CALLBACK)
    answer = parse_qs(urlsplit(back.headers["location"]).query)
    assert answer["state"] == ["the-state"]
    return answer["code"][0]


def _tokens(browser: httpx.Client, metadata: dict[str, str], code: str, verifier: str) -> httpx.Response:
    return browser.post(
        metadata["token_endpoint"],
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": verifier},
        auth=("fordeling", "secret"),
    )


def test_a_login_gives_rights(one: RunningStack, browser: httpx.Client) -> None:
    """Pressing a user's button gives a signed token with the issuer we know, the nonce, and the user's rights."""
    metadata = _metadata(browser, one)
    assert metadata["issuer"] == one.environment["OIDC_ISSUER"]
    tokens = _tokens(browser, metadata, _log_in(browser, metadata, "Lars Moen"), VERIFIER).json()
    keys: Any = jwk.KeySet.import_key_set(browser.get(metadata["jwks_uri"]).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["nonce"], claims["acr"]) == (metadata["issuer"], "the-nonce", "high")
    assert claims["aud"] in ("fordeling", ["fordeling"])
    assert claims["name"] == "Lars Moen"
    [detail] = claims["authorization_details"]
    assert detail["resource"] == "urn:altinn:resource:fordeling-bosetter-skriv"
    assert len(detail["authorized_parties"]) == 2


def test_pkce_is_checked(one: RunningStack, browser: httpx.Client) -> None:
    """A code is worth nothing to who did not start the login."""
    metadata = _metadata(browser, one)
    code = _log_in(browser, metadata, "Anne Vik")
    assert _tokens(browser, metadata, code, "another-verifier-that-is-long-enough-012345678").status_code == 400


def test_there_are_two_issuers(one: RunningStack, browser: httpx.Client) -> None:
    """Maskinporten is an issuer of its own beside Ansattporten, with keys of its own."""
    maskinporten = one.environment["OIDC_ISSUER"].replace("ansattporten", "maskinporten")
    metadata = browser.get(f"{maskinporten}/.well-known/openid-configuration").json()
    assert metadata["issuer"] == maskinporten
    own = {key["kid"] for key in browser.get(metadata["jwks_uri"]).json()["keys"]}
    others = {key["kid"] for key in browser.get(_metadata(browser, one)["jwks_uri"]).json()["keys"]}
    assert not own & others


def test_a_machine_gets_the_token_that_it_asks_for(one: RunningStack, browser: httpx.Client) -> None:
    """Maskinporten's claims from the parameters, signed; the API's own checks take it, and none for anybody else."""
    metadata = browser.get(f"{one.environment['MASKINPORTEN_ISSUER']}/.well-known/oauth-authorization-server").json()
    form = {
        "grant_type": "client_credentials",
        "client_id": "case-system",
        "client_secret": "any",
        "scope": "ks:fordeling:read",
        "resource": "http://localhost:8080/api/v1",
        "organisation": "958935420",
    }
    token = browser.post(metadata["token_endpoint"], data=form).json()["access_token"]

    async def caller(audience: str) -> Caller:
        async with httpx.AsyncClient() as http:
            return await Tokens(metadata["issuer"], audience, "a key", http).caller(token)

    found = asyncio.run(caller("http://localhost:8080/api/v1"))
    assert (found.client_id, found.organisation_number, found.can_read) == ("case-system", "958935420", True)
    assert not found.can_write
    with pytest.raises(TokenRefusedError):
        asyncio.run(caller("http://elsewhere.example"))
