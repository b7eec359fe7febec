"""Which tokens of machines open anything, and when the provider is asked for its keys."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from contracts.codes import Role
from gateway.auth.machines import KEYS_SECONDS, PAUSE_SECONDS, READ_SCOPE, STALE_SECONDS, TokenRefusedError
from gateway.auth.oidc import ProviderUnavailableError
from tests.unit.gateway.api_fakes import KEY, ORGANISATION, FakeIssuer, token

OTHER = RSAKey.generate_key(2048, {"kid": "two"})
HEADER = b'{"alg":"HS256","kid":"one"}'
CONSUMER = "iso6523-actorid-upis"


class Seconds:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_a_token_names_client_organisation_and_scopes() -> None:
    """The actor is a pseudonym with the client's and the organisation's names; the role follows the scope."""
    tokens = FakeIssuer().tokens()
    writer = await tokens.caller(token())
    reader = await tokens.caller(token(scope=f"other:scope {READ_SCOPE}", aud=["elsewhere", tokens.audience]))
    assert (writer.organisation_number, writer.can_write, writer.can_read) == (ORGANISATION, True, True)
    assert writer.actor.role is Role.SETTLEMENT_WRITER
    assert writer.actor.display_name == f"case-system (0192:{ORGANISATION})"
    assert "case-system" not in writer.actor.user_id
    assert (reader.can_write, reader.can_read, reader.user_id) == (False, True, writer.user_id)
    assert not (await tokens.caller(token(scope="other:scope"))).can_read


async def test_one_client_is_another_actor_for_another_organisation() -> None:
    """What a supplier does for one municipality never meets what it does for the next."""
    tokens = FakeIssuer().tokens()
    other = token(consumer={"authority": CONSUMER, "ID": "0192:964338531"})
    assert (await tokens.caller(token())).user_id != (await tokens.caller(other)).user_id


BAD: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://machines.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "https://elsewhere.example"},
    "no audience": {"aud": None},
    "expired": {"exp": 1_700_000_000},
    "no end": {"exp": None},
    "not yet": {"nbf": 3_999_999_999},
    "another key": {"key": OTHER},
    "no key id": {"kid": None},
    "unknown key id": {"kid": "three"},
    "no client": {"client_id": None},
    "no scope": {"scope": None},
    "a scope that is a list": {"scope": [READ_SCOPE]},
    "no consumer": {"consumer": None},
    "a consumer in words": {"consumer": f"0192:{ORGANISATION}"},
    "a consumer of another register": {"consumer": {"authority": CONSUMER, "ID": f"0007:{ORGANISATION}"}},
    "a consumer of another scheme": {"consumer": {"authority": "other", "ID": f"0192:{ORGANISATION}"}},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD.keys())
async def test_a_token_that_is_not_for_us_is_refused(changes: dict[str, Any]) -> None:
    """Each check alone is enough."""
    with pytest.raises(TokenRefusedError):
        await FakeIssuer().tokens().caller(token(**changes))


@pytest.mark.parametrize("bad", ["", "x", "a.b.c", "é.é.é", token()[:-3] + "abc", token().rpartition(".")[0] + "."])
async def test_what_is_no_token_is_refused(bad: str) -> None:
    """Neither nonsense, nor a signature that was changed or cut off."""
    with pytest.raises(TokenRefusedError):
        await FakeIssuer().tokens().caller(bad)


async def test_a_signature_by_a_shared_secret_is_refused() -> None:
    """The issuer's public key is no secret: who signs with it as one is a forger."""
    _, claims, _ = token().split(".")
    signed = f"{_part(HEADER)}.{claims}"
    mac = hmac.digest(KEY.as_pem(private=False), signed.encode(), "sha256")
    forged = f"{signed}.{_part(mac)}"
    with pytest.raises(TokenRefusedError):
        await FakeIssuer().tokens().caller(forged)


async def test_keys_are_read_once_and_again_when_a_new_one_signs() -> None:
    """A new key is found at once after a pause, however many tokens name keys that are not there."""
    issuer, seconds = FakeIssuer(), Seconds()
    tokens = issuer.tokens(seconds=seconds)
    for _ in range(3):
        await tokens.caller(token())
    assert issuer.asked == 1
    issuer.keys = [KEY, OTHER]
    for _ in range(3):
        with pytest.raises(TokenRefusedError):
            await tokens.caller(token(OTHER, kid="two"))
    assert issuer.asked == 1
    seconds.now += PAUSE_SECONDS
    await tokens.caller(token(OTHER, kid="two"))
    assert issuer.asked == 2


async def test_a_new_key_under_the_old_name_is_read_after_a_pause() -> None:
    """The issuer may change a key and keep its name; forged tokens under that name do not make us ask it for each."""
    issuer, seconds = FakeIssuer(), Seconds()
    tokens = issuer.tokens(seconds=seconds)
    await tokens.caller(token())
    changed = RSAKey.generate_key(2048, {"kid": "one"})
    issuer.keys = [changed]
    with pytest.raises(TokenRefusedError):
        await tokens.caller(token(changed))
    assert issuer.asked == 1
    seconds.now += PAUSE_SECONDS
    await tokens.caller(token(changed))
    for _ in range(3):
        with pytest.raises(TokenRefusedError):
            await tokens.caller(token())
    assert issuer.asked == 2


async def test_a_key_that_was_withdrawn_opens_nothing_after_an_hour() -> None:
    """Keys are read again when they are old."""
    issuer, seconds = FakeIssuer(), Seconds()
    tokens = issuer.tokens(seconds=seconds)
    await tokens.caller(token())
    issuer.keys = [OTHER]
    seconds.now += KEYS_SECONDS
    with pytest.raises(TokenRefusedError):
        await tokens.caller(token())


async def test_a_provider_that_is_down_is_not_the_tokens_fault() -> None:
    """Known keys are believed for a day; without them nobody can tell, and the provider is left in peace meanwhile."""
    issuer, seconds = FakeIssuer(), Seconds()
    tokens = issuer.tokens(seconds=seconds)
    await tokens.caller(token())
    issuer.down = True
    seconds.now += KEYS_SECONDS
    await tokens.caller(token())
    with pytest.raises(ProviderUnavailableError):
        await tokens.caller(token(OTHER, kid="two"))
    seconds.now += STALE_SECONDS
    with pytest.raises(ProviderUnavailableError):
        await tokens.caller(token())
    issuer.down = False
    with pytest.raises(ProviderUnavailableError):
        await tokens.caller(token())
    seconds.now += PAUSE_SECONDS
    await tokens.caller(token())


async def test_an_issuer_that_tells_another_name_is_not_ours() -> None:
    """Its keys are not taken."""
    with pytest.raises(ProviderUnavailableError):
        await FakeIssuer(name="https://other.example/").tokens().caller(token())


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
