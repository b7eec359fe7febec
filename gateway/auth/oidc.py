"""The login provider: OpenID Connect, authorization code with PKCE, state and nonce (Ansattporten's flow)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import KeySet

from gateway.audit.record import LoginFault
from gateway.auth.rights import ASKED_FOR

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384")
LEEWAY = 10
"""Seconds that our clock and the provider's may differ by."""

METADATA_SECONDS = 3600


class ProviderUnavailableError(Exception):
    """The login provider does not answer, or not as a provider does."""


class LoginRefusedError(Exception):
    """A login that came back is not one we accept. The text is for the log: no values of the token."""

    def __init__(self, text: str, why: LoginFault = LoginFault.TOKEN) -> None:
        super().__init__(text)
        self.why = why


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one login is bound to; kept on the server until the browser comes back."""

    state: str
    nonce: str
    code_verifier: str

    @classmethod
    def new(cls) -> Attempt:
        """Fresh values nobody can guess."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))

    @property
    def code_challenge(self) -> str:
        """PKCE's S256 challenge of the verifier (RFC 7636)."""
        digest = hashlib.sha256(self.code_verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class Provider:
    """One issuer and our registration with it. ``redirect_uri``: where logins come back to."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    http: httpx.AsyncClient
    levels: frozenset[str] = frozenset()
    """Accepted values of ``acr``; empty: any."""
    _metadata: Mapping[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None
    _read_at: float = 0.0

    async def authorization_url(self, attempt: Attempt) -> str:
        """Where to send the browser. Raises ProviderUnavailableError."""
        metadata = await self._configuration()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.code_challenge,
            "code_challenge_method": "S256",
            "authorization_details": json.dumps(ASKED_FOR),
        }
        return f"{metadata['authorization_endpoint']}?{urlencode(query)}"

    async def logout_url(self, return_to: str) -> str | None:
        """Where the provider ends its own session; None where it cannot. Never raises: logging out must not fail."""
        try:
            endpoint = (await self._configuration()).get("end_session_endpoint")
        except ProviderUnavailableError:
            return None
        query = urlencode({"client_id": self.client_id, "post_logout_redirect_uri": return_to})
        return f"{endpoint}?{query}" if endpoint else None

    async def claims(self, code: str, attempt: Attempt) -> Mapping[str, Any]:
        """Exchange the code and check the ID token. Raises ProviderUnavailableError, LoginRefusedError."""
        metadata = await self._configuration()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": attempt.code_verifier,
        }
        try:
            response = await self.http.post(
                metadata["token_endpoint"], data=form, auth=(self.client_id, self.client_secret)
            )
        except httpx.HTTPError as error:
            raise ProviderUnavailableError("token endpoint") from error
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ProviderUnavailableError("token endpoint")
        if response.status_code != httpx.codes.OK:
            raise LoginRefusedError("the code was not accepted", LoginFault.CODE)
        return await self._checked(str(response.json().get("id_token", "")), attempt.nonce)

    async def _checked(self, id_token: str, nonce: str) -> Mapping[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            token = await self._decoded(id_token)
            registry.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise LoginRefusedError(type(error).__name__) from error
        if self.levels and token.claims.get("acr") not in self.levels:
            raise LoginRefusedError("acr", LoginFault.LEVEL)
        return token.claims

    async def signed(self, token: str) -> Mapping[str, Any]:
        """Give the claims of a token that the provider has sent to us. Raises as ``claims``."""
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            iat={"essential": True},
            jti={"essential": True},
        )
        try:
            found = await self._decoded(token)
            registry.validate(found.claims)
        except (JoseError, ValueError) as error:
            raise LoginRefusedError(type(error).__name__) from error
        return found.claims

    async def _decoded(self, id_token: str) -> jwt.Token:
        """Check the signature. A key may have been changed and kept its name: then the new one is read."""
        try:
            return jwt.decode(id_token, await self._key_set(id_token), algorithms=ALGORITHMS)
        except BadSignatureError:
            return jwt.decode(id_token, await self._key_set(id_token, fresh=True), algorithms=ALGORITHMS)

    async def _key_set(self, id_token: str, *, fresh: bool = False) -> KeySet:
        """Read the provider's keys, and read them again when a token names one we have not seen."""
        wanted = _key_id(id_token)
        if fresh or self._keys is None or (wanted and wanted not in {key.kid for key in self._keys.keys}):
            self._keys = KeySet.import_key_set(await self._get_json((await self._configuration())["jwks_uri"]))  # type: ignore[arg-type]
        return self._keys

    async def _configuration(self) -> Mapping[str, Any]:
        if not self._metadata or time.monotonic() - self._read_at > METADATA_SECONDS:
            found = await self._get_json(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer:
                raise ProviderUnavailableError("the configuration names another issuer")
            self._metadata, self._read_at = found, time.monotonic()
        return self._metadata

    async def _get_json(self, url: str) -> dict[str, Any]:
        try:
            response = await self.http.get(url)
            response.raise_for_status()
            found: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderUnavailableError(url) from error
        return found


def _key_id(id_token: str) -> str | None:
    header = id_token.partition(".")[0]
    try:
        decoded = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except ValueError:
        return None
    return decoded.get("kid") if isinstance(decoded, dict) else None
