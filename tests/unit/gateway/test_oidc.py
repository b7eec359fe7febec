from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from gateway.audit.record import LoginFault
from gateway.auth.oidc import Attempt, LoginRefusedError, Provider, ProviderUnavailableError

ISSUER = "https://login.example/ansattporten"
NOW = 4_000_000_000
"""Seconds far enough ahead for a token not to have expired."""


@dataclass
class Issuer:
    """A login provider that answers as told."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    published: list[RSAKey] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    status: int = 200
    forms: list[Mapping[str, list[str]]] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/openid-configuration"):
            found = {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/jwks",
                "end_session_endpoint": f"{ISSUER}/endsession",
            }
            return httpx.Response(self.status, json=found | self.metadata)
        if request.url.path.endswith("/jwks"):
            keys = self.published or [self.key]
            return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in keys]})
        self.forms.append(parse_qs(request.content.decode()))
        return httpx.Response(self.status, json={"id_token": self.token})

    def sign(self, attempt: Attempt, *, key: Any = None, algorithm: str = "RS256", **changes: Any) -> None:
        claims = {
            "iss": ISSUER,
            "aud": "fordeling",
            "sub": "12345678901",
            "exp": NOW,
            "nonce": attempt.nonce,
            "acr": "high",
            "name": "Kari Nordmann",
        }
        claims |= changes
        claims = {name: value for name, value in claims.items() if value is not None}
        used = key or self.key
        self.token = jwt.encode({"alg": algorithm, "kid": used.kid}, claims, used, algorithms=[algorithm])


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
async def provider(issuer: Issuer) -> AsyncIterator[Provider]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(issuer.answer)) as http:
        yield Provider(
            ISSUER, "fordeling", "secret", "https://fordeling.example/logg-inn/retur", http, frozenset({"high"})
        )


async def test_the_browser_is_sent_with_everything_bound(provider: Provider) -> None:
    """State, nonce, PKCE's challenge and not its verifier, and the resources we ask about."""
    attempt = Attempt.new()
    url = urlsplit(await provider.authorization_url(attempt))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{ISSUER}/authorize"
    assert (query["state"], query["nonce"], query["code_challenge_method"]) == (attempt.state, attempt.nonce, "S256")
    assert attempt.code_verifier not in url.query
    assert {detail["resource"].rpartition("-")[2] for detail in json.loads(query["authorization_details"])} == {
        "drift",
        "skriv",
        "les",
    }


def test_the_challenge_is_rfc_7636s() -> None:
    """The example of the RFC's appendix B."""
    attempt = Attempt("s", "n", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert attempt.code_challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


async def test_a_sound_token_gives_its_claims(issuer: Issuer, provider: Provider) -> None:
    """The code goes with the verifier, and the claims come back."""
    attempt = Attempt.new()
    issuer.sign(attempt)
    claims = await provider.claims("the-code", attempt)
    assert claims["sub"] == "12345678901"
    assert issuer.forms[0]["code_verifier"] == [attempt.code_verifier]
    assert issuer.forms[0]["code"] == ["the-code"]


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"sub": None},
        {"acr": "low"},
        {"acr": None},
    ],
)
async def test_a_token_that_is_not_for_this_login_is_refused(
    issuer: Issuer, provider: Provider, changes: dict[str, Any]
) -> None:
    """Another login's nonce, another issuer or audience, too old, too weak: each on its own."""
    attempt = Attempt.new()
    issuer.sign(attempt, **changes)
    with pytest.raises(LoginRefusedError) as refused:
        await provider.claims("code", attempt)
    assert refused.value.why is (LoginFault.LEVEL if "acr" in changes else LoginFault.TOKEN)


async def test_a_token_signed_by_somebody_else_is_refused(issuer: Issuer, provider: Provider) -> None:
    """A key that the provider does not publish, under a known or unknown name, and a shared secret."""
    attempt = Attempt.new()
    for key, algorithm in (
        (RSAKey.generate_key(2048, {"kid": "one"}), "RS256"),
        (RSAKey.generate_key(2048, {"kid": "two"}), "RS256"),
        (OctKey.import_key("secret-secret-secret-secret-secret", {"kid": "one"}), "HS256"),
    ):
        issuer.sign(attempt, key=key, algorithm=algorithm)
        with pytest.raises(LoginRefusedError):
            await provider.claims("code", attempt)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
async def test_what_is_no_token_is_refused(issuer: Issuer, provider: Provider, token: str) -> None:
    """Garbage, and a token without signature."""
    issuer.token = token
    with pytest.raises(LoginRefusedError):
        await provider.claims("code", Attempt.new())


async def test_new_keys_are_read_when_a_token_names_one(issuer: Issuer, provider: Provider) -> None:
    """The provider may change its keys while we run."""
    attempt = Attempt.new()
    issuer.sign(attempt)
    await provider.claims("code", attempt)
    issuer.key = RSAKey.generate_key(2048, {"kid": "two"})
    issuer.sign(attempt)
    assert await provider.claims("code", attempt)


async def test_a_new_key_under_the_old_name_is_read(issuer: Issuer, provider: Provider) -> None:
    """The provider may lose its keys and make others with the same names: nobody is shut out until we are restarted."""
    attempt = Attempt.new()
    issuer.sign(attempt)
    await provider.claims("code", attempt)
    issuer.key = RSAKey.generate_key(2048, {"kid": "one"})
    issuer.sign(attempt)
    assert await provider.claims("code", attempt)


async def test_a_code_that_is_not_accepted_is_no_login(issuer: Issuer, provider: Provider) -> None:
    """The provider says no: refused. It is broken: unavailable."""
    await provider.authorization_url(Attempt.new())
    issuer.status = 400
    with pytest.raises(LoginRefusedError) as refused:
        await provider.claims("code", Attempt.new())
    assert refused.value.why is LoginFault.CODE
    issuer.status = 503
    with pytest.raises(ProviderUnavailableError):
        await provider.claims("code", Attempt.new())


async def test_a_configuration_of_another_issuer_is_not_used(issuer: Issuer, provider: Provider) -> None:
    """Whoever answers at the address must be who we asked for; logging out still works."""
    issuer.metadata = {"issuer": "https://evil.example"}
    with pytest.raises(ProviderUnavailableError):
        await provider.authorization_url(Attempt.new())
    assert await provider.logout_url("https://fordeling.example/") is None
