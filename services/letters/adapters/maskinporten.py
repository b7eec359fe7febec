"""Access tokens from Maskinporten: a JWT grant (RFC 7523) signed with our registered key."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from chassis.seeing import traced

DISCOVERY = "/.well-known/oauth-authorization-server"
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GRANT_SECONDS = 100
"""Maskinporten takes grants that live for 120 s at most."""

MARGIN_SECONDS = 20.0
"""A token is not used for the last part of its life, so that it does not end on the way."""


class TokenUnavailableError(Exception):
    """Maskinporten gave no token."""


def read_key(path: Path) -> RSAKey:
    """Read a private RSA key: a JWK with its ``kid``, or PEM. Raises OSError, ValueError."""
    text = path.read_text(encoding="utf-8")
    key = RSAKey.import_key(json.loads(text) if text.lstrip().startswith("{") else text)
    if not key.is_private:
        raise ValueError("not a private key")
    return key


@dataclass
class Maskinporten:
    """Our registration with one issuer.

    scope: what we ask for. resource: who the token is to be for (its audience); empty where that is not to be named.
    """

    issuer: str
    client_id: str
    scope: str
    resource: str
    key: RSAKey = field(repr=False)
    http: httpx.AsyncClient
    _token: str = field(default="", repr=False)
    _until: float = 0.0
    _endpoint: str = ""
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def token(self) -> str:
        """Tell a token that is valid for a while yet. Raises TokenUnavailableError."""
        async with self._asking:
            if time.monotonic() >= self._until:
                with traced.call("maskinporten token", {"peer.service": "maskinporten"}):
                    await self._renew()
            return self._token

    def forget(self) -> None:
        """Ask for a new one next time: the last was not accepted."""
        self._until = 0.0

    async def _renew(self) -> None:
        try:
            if not self._endpoint:
                metadata = (await self.http.get(self.issuer.rstrip("/") + DISCOVERY)).raise_for_status().json()
                self._endpoint = str(metadata["token_endpoint"])
            form = {
                "grant_type": GRANT_TYPE,
                "assertion": self._grant(),
                # The grant says the same; a provider that goes by the RFCs alone (6749, 7523, 8707) wants them here.
                "client_id": self.client_id,
                "scope": self.scope,
                **self._audience,
            }
            asked = time.monotonic()
            answer = (await self.http.post(self._endpoint, data=form)).raise_for_status().json()
            self._token = str(answer["access_token"])
            self._until = asked + float(answer["expires_in"]) - MARGIN_SECONDS
        except (httpx.HTTPError, KeyError, ValueError, TypeError) as error:
            raise TokenUnavailableError(type(error).__name__) from error

    @property
    def _audience(self) -> dict[str, str]:
        return {"resource": self.resource} if self.resource else {}

    def _grant(self) -> str:
        now = int(time.time())
        claims = {
            "aud": self.issuer,
            "iss": self.client_id,
            "scope": self.scope,
            "iat": now,
            "exp": now + GRANT_SECONDS,
            "jti": str(uuid4()),
            **self._audience,
        }
        header = {"alg": "RS256"} | ({"kid": self.key.kid} if self.key.kid else {})
        return jwt.encode(header, claims, self.key)
