"""The settings of sending letters, and the post office made from them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import httpx
from cryptography import x509
from pydantic import Field

from chassis.settings import Settings
from chassis.variables import SettingsError
from services.letters.adapters.maskinporten import Maskinporten, read_key
from services.letters.adapters.svarut import Account, SvarUt
from services.letters.use_cases.outside import PostOffice
from services.letters.use_cases.send_letters import Patience

T = TypeVar("T")

NEEDED = (
    "svarut_account_id",
    "svarut_integration_id",
    "svarut_integration_password",
    "svarut_certificate_file",
    "maskinporten_issuer",
    "maskinporten_client_id",
    "maskinporten_key_file",
)


class PostSettings(Settings):
    """What sending needs. Variables are named as the fields: SVARUT_URL. Times in seconds."""

    svarut_url: str = ""
    """Without a path, e.g. ``https://svarut.ks.no``. Empty: letters are made and wait, none is sent."""
    svarut_account_id: str = ""
    svarut_integration_id: str = ""
    svarut_integration_password: str = Field(default="", repr=False)
    svarut_certificate_file: str = ""
    """SvarUt's certificate (PEM): letters to persons are encrypted with it."""
    svarut_audience: str = ""
    """Who tokens are for, where they have to name somebody (``resource``)."""
    maskinporten_issuer: str = ""
    maskinporten_client_id: str = ""
    maskinporten_key_file: str = ""
    """The private key registered for the client: a JWK with ``kid``, or PEM."""
    maskinporten_scope: str = "ks:fiks"

    svarut_send_seconds: float = Field(default=16 * 60, gt=0)
    """SvarUt may take so long to answer for a letter that is handed over."""
    svarut_request_seconds: float = Field(default=30.0, gt=0)
    svarut_retry_seconds: float = Field(default=5.0, gt=0)
    svarut_retry_longest_seconds: float = Field(default=600.0, gt=0)
    svarut_poll_seconds: float = Field(default=60.0, gt=0)
    svarut_poll_longest_seconds: float = Field(default=1800.0, gt=0)
    svarut_in_hand: int = Field(default=4, ge=1)
    """Letters handed over side by side."""

    def sending(self) -> Patience:
        """Give the times of handing over. A claim outlasts it and the requests before it."""
        return Patience(
            request=timedelta(seconds=self.svarut_send_seconds),
            lease=timedelta(seconds=self.svarut_send_seconds + 4 * self.svarut_request_seconds),
            first=timedelta(seconds=self.svarut_retry_seconds),
            longest=timedelta(seconds=self.svarut_retry_longest_seconds),
        )

    def following(self) -> Patience:
        """Give the times of asking how far letters have come."""
        return Patience(
            request=timedelta(seconds=self.svarut_request_seconds),
            lease=timedelta(seconds=2 * self.svarut_request_seconds),
            first=timedelta(seconds=self.svarut_poll_seconds),
            longest=timedelta(seconds=self.svarut_poll_longest_seconds),
        )


def check(settings: PostSettings) -> None:
    """Raise SettingsError unless letters can be sent, or are not to be."""
    missing = [name.upper() for name in NEEDED if settings.svarut_url and not getattr(settings, name)]
    if missing:
        raise SettingsError(f"SVARUT_URL is set, so these are needed too: {', '.join(missing)}")


@asynccontextmanager
async def open_post(settings: PostSettings) -> AsyncIterator[PostOffice]:
    """Open the post office while the block lasts. Raises SettingsError where a key or certificate cannot be read."""
    key = _read("MASKINPORTEN_KEY_FILE", read_key, settings.maskinporten_key_file)
    certificate = _read("SVARUT_CERTIFICATE_FILE", _certificate, settings.svarut_certificate_file)
    account = Account(
        settings.svarut_url.rstrip("/"),
        settings.svarut_account_id,
        settings.svarut_integration_id,
        settings.svarut_integration_password,
    )
    async with httpx.AsyncClient(timeout=settings.svarut_request_seconds) as http:
        maskinporten = Maskinporten(
            settings.maskinporten_issuer,
            settings.maskinporten_client_id,
            settings.maskinporten_scope,
            settings.svarut_audience,
            key,
            http,
        )
        yield SvarUt(
            account, maskinporten, certificate, http, settings.svarut_send_seconds, settings.svarut_request_seconds
        )


def _certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _read(variable: str, read: Callable[[Path], T], path: str) -> T:
    try:
        return read(Path(path))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{variable}: cannot be read ({type(error).__name__})") from error
