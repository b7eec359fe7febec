"""Who may use the simulator: a Maskinporten token, and an integration with its password, as SvarUt wants both."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass, field

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ops.svarut.part import AUDIENCE

DISCOVERY = "/.well-known/oauth-authorization-server"
SCOPE = "ks:fiks"


class DeniedError(Exception):
    """Not let in. ``status``: 401 for the token, 403 for the integration."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass
class Access:
    """One integration, and the issuer whose tokens it uses."""

    issuer: str
    integration_id: str
    integration_password: str = field(repr=False)
    http: httpx.AsyncClient
    _keys: KeySet | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def check(self, authorization: str, integration_id: str, password: str) -> None:
        """Raise DeniedError unless token and integration are right."""
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not await self._valid(token):
            raise DeniedError(401, "token")
        same = hmac.compare_digest(password.encode(), self.integration_password.encode())
        if integration_id != self.integration_id or not same:
            raise DeniedError(403, "integrasjon")

    async def _valid(self, token: str) -> bool:
        registry = jwt.JWTClaimsRegistry(
            leeway=10,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            scope={"essential": True},
        )
        for fresh in (False, True):  # the issuer may have changed its keys
            try:
                decoded = jwt.decode(token, await self._key_set(fresh=fresh), algorithms=["RS256"])
                registry.validate(decoded.claims)
            except (JoseError, ValueError):
                continue
            return SCOPE in str(decoded.claims["scope"]).split()
        return False

    async def _key_set(self, *, fresh: bool) -> KeySet:
        async with self._asking:
            if self._keys is None or fresh:
                try:
                    metadata = (await self.http.get(self.issuer + DISCOVERY)).raise_for_status().json()
                    keys = (await self.http.get(metadata["jwks_uri"])).raise_for_status().json()
                except httpx.HTTPError as error:
                    raise DeniedError(503, "utsteder") from error
                self._keys = KeySet.import_key_set(keys)
            return self._keys
