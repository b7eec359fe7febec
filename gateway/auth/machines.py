"""Programs that call: Maskinporten's access tokens, checked here, and what a token gives the right to.

A token is signed by one of the issuer's keys (JWKS, RFC 7517) and names issuer, audience, scopes, client and consumer:
``consumer`` is the organisation that acts, by ISO 6523 (``0192:`` and its number).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import KeySet

from chassis.clock import Clock
from chassis.storage.database import Pool
from contracts.codes import Role
from contracts.fields import Actor
from gateway.auth.oidc import ALGORITHMS, LEEWAY, ProviderUnavailableError
from gateway.auth.reach import OSLO, access_of_row, merged, merged_of_row, reached
from gateway.auth.rights import NORWEGIAN_ORGANISATION, organisation_number
from gateway.auth.users import LONGEST_NAME, Access, Merged, pseudonym

READ_SCOPE = "ks:fordeling:read"
WRITE_SCOPE = "ks:fordeling:write"
"""Writing includes reading, as it does for caseworkers."""

METADATA = "/.well-known/oauth-authorization-server"
KEYS_SECONDS = 3600.0
STALE_SECONDS = 24 * 3600.0
"""How long keys that were read are still believed while the provider does not answer."""
PAUSE_SECONDS = 5.0
"""Shortest time between two looks at the provider: forged tokens cannot make us ask it for each."""

RIGHT = "(SELECT $1::text AS organisation_number, $3::text AS role) AS granted"
ACCESS, MERGED = reached(RIGHT, "$2::date"), merged(RIGHT, "$2::date")


class TokenRefusedError(Exception):
    """The token is not one we accept. The text is for the log: no values of the token."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that called: which client, for which organisation, with which scopes. ``user_id`` is a pseudonym."""

    user_id: str
    client_id: str
    organisation_number: str
    scopes: frozenset[str]

    @property
    def can_write(self) -> bool:
        """Whether it may change anything; the owning service checks the role again."""
        return WRITE_SCOPE in self.scopes

    @property
    def can_read(self) -> bool:
        """Whether it may see anything."""
        return self.can_write or READ_SCOPE in self.scopes

    @property
    def role(self) -> Role:
        """What it acts as."""
        return Role.SETTLEMENT_WRITER if self.can_write else Role.SETTLEMENT_READER

    @property
    def actor(self) -> Actor:
        """Give the program as a command names who asks."""
        name = f"{self.client_id} ({NORWEGIAN_ORGANISATION}{self.organisation_number})"
        return Actor(user_id=self.user_id, display_name=name[-LONGEST_NAME:], role=self.role)


@dataclass(frozen=True, slots=True)
class Municipalities:
    """Where an organisation may act. Looked up each time: a right follows the number, and the number may move."""

    pool: Pool
    clock: Clock

    async def of(self, caller: Caller) -> tuple[Access, ...]:
        """Find the municipalities of the caller's organisation: its own and what has merged into that, or none."""
        return tuple(access_of_row(row.values()) for row in await self._fetch(ACCESS, caller))

    async def merged(self, caller: Caller) -> Merged | None:
        """Tell what the caller's organisation was, where that municipality has merged."""
        return next((merged_of_row(row.values()) for row in await self._fetch(MERGED, caller)), None)

    async def _fetch(self, query: str, caller: Caller) -> list[asyncpg.Record]:
        today = self.clock.now().astimezone(OSLO).date()
        return await self.pool.fetch(query, caller.organisation_number, today, caller.role.value)


@dataclass
class Tokens:
    """One issuer, and the audience that its tokens for us name. ``pseudonym_key``: what clients' ids are hidden by."""

    issuer: str
    audience: str
    pseudonym_key: str
    http: httpx.AsyncClient
    seconds: Callable[[], float] = time.monotonic
    _keys: KeySet | None = None
    _read_at: float = 0.0
    _asked_at: float | None = None
    _answered: bool = True
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def caller(self, token: str) -> Caller:
        """Check a token. Raises TokenRefusedError, ProviderUnavailableError."""
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.audience},
            exp={"essential": True},
        )
        try:
            key_id = jws.extract_compact(token.encode()).headers().get("kid")
            if not isinstance(key_id, str):
                raise TokenRefusedError("no kid")
            claims = (await self._decoded(token, key_id)).claims
            registry.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefusedError(type(error).__name__) from error
        return self._caller(claims)

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        client_id, scope = claims.get("client_id"), claims.get("scope")
        number = organisation_number(claims.get("consumer"))
        if not (isinstance(client_id, str) and client_id and client_id.isprintable() and isinstance(scope, str)):
            raise TokenRefusedError("client_id or scope")
        if number is None:
            raise TokenRefusedError("consumer")
        return Caller(
            user_id=pseudonym(self.pseudonym_key, self.issuer, f"{number}/{client_id}"),
            client_id=client_id[:100],
            organisation_number=number,
            scopes=frozenset(scope.split()),
        )

    async def _decoded(self, token: str, key_id: str) -> jwt.Token:
        """Check the signature. A key may have been changed and kept its name: then the new one is read."""
        known = await self._key_set(key_id)
        try:
            return jwt.decode(token, known, algorithms=ALGORITHMS)
        except BadSignatureError:
            async with self._lock:
                if self._keys is known and self._may_ask():
                    await self._read()
            if self._keys is known:
                raise
            return jwt.decode(token, await self._key_set(key_id), algorithms=ALGORITHMS)

    def _may_ask(self) -> bool:
        return self._asked_at is None or self.seconds() - self._asked_at >= PAUSE_SECONDS

    async def _key_set(self, key_id: str) -> KeySet:
        """Give the issuer's keys, read again when they are old or the token names one that is not among them."""
        if self._holds(key_id, KEYS_SECONDS):
            return self._known()
        async with self._lock:
            if self._holds(key_id, KEYS_SECONDS):
                return self._known()
            if self._may_ask():
                await self._read()
            if self._holds(key_id, STALE_SECONDS):
                return self._known()
            if not self._answered:
                raise ProviderUnavailableError(self.issuer)
            raise TokenRefusedError("unknown key")

    def _holds(self, key_id: str, seconds: float) -> bool:
        young = self.seconds() - self._read_at < seconds
        return self._keys is not None and young and any(key.kid == key_id for key in self._keys.keys)

    def _known(self) -> KeySet:
        assert self._keys is not None
        return self._keys

    async def _read(self) -> None:
        self._asked_at, self._answered = self.seconds(), False
        if not self.issuer:
            return  # none is set up
        try:
            metadata = await self._json(self.issuer.rstrip("/") + METADATA)
            if metadata.get("issuer") != self.issuer:
                return
            self._keys = KeySet.import_key_set(await self._json(metadata["jwks_uri"]))  # type: ignore[arg-type]
        except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError):
            return
        self._read_at, self._answered = self.seconds(), True

    async def _json(self, url: str) -> dict[str, Any]:
        response = await self.http.get(url)
        response.raise_for_status()
        found: dict[str, Any] = response.json()
        return found
