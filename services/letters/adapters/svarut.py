"""Fiks SvarUt, REST version 2 (https://developers.fiks.ks.no/tjenester/svarut/restv2/)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options

from chassis.seeing import traced
from chassis.seeing.tracing import Span
from services.letters.adapters.maskinporten import Maskinporten, TokenUnavailableError
from services.letters.adapters.svarut_log import steps_of
from services.letters.domain.codes import DispatchStatus
from services.letters.domain.consignment import Consignment
from services.letters.domain.dispatch import DispatchStep
from services.letters.use_cases.outside import PostUnavailableError, RefusedError

log = structlog.get_logger(__name__)

SYSTEM = "Fordeling"
PDF = "application/pdf"

STATUSES: Mapping[str, DispatchStatus] = {
    "MOTTATT": DispatchStatus.RECEIVED,
    "AKSEPTERT": DispatchStatus.ACCEPTED,
    "AVVIST": DispatchStatus.REJECTED,
    "VARSLET": DispatchStatus.NOTIFIED,
    "LEST": DispatchStatus.READ,
    "SENDT_PRINT": DispatchStatus.SENT_TO_PRINT,
    "PRINTET": DispatchStatus.PRINTED,
    "MANUELT_HANDTERT": DispatchStatus.HANDLED_MANUALLY,
    "SENDT_DIGITALT": DispatchStatus.SENT_DIGITALLY,
    "SENDT_SDP": DispatchStatus.SENT_TO_MAILBOX,
    "LEVERT_SDP": DispatchStatus.DELIVERED_TO_MAILBOX,
    "KLAR_FOR_MOTTAK": DispatchStatus.READY_FOR_COLLECTION,
    "IKKE_LEVERT": DispatchStatus.NOT_DELIVERED,
}

REFUSALS = frozenset({400, 413, 415, 422})
"""Answers about the letter itself. All else (login, limits, faults) is about us or SvarUt, and can be mended."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom we send as. ``url``: with neither path nor trailing slash."""

    url: str
    account_id: str
    integration_id: str
    integration_password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SvarUt:
    """The post office. ``send_seconds``: for handing over; ``request_seconds``: for all else.

    certificate: SvarUt's, with which letters of high security are encrypted.
    """

    account: Account
    maskinporten: Maskinporten
    certificate: x509.Certificate
    http: httpx.AsyncClient
    send_seconds: float
    request_seconds: float

    async def find(self, sent_as: str) -> str | None:
        """Tell the reference of a letter that has been handed over; None where it has not."""
        answer = await self._ask("find", "GET", self._shipments, params={"eksternRef": sent_as})
        found = [str(each) for each in _member(answer, "forsendelseIds", list)]
        if len(found) > 1:
            log.error("handed over more than once", sent_as=sent_as, count=len(found))
        return min(found, default=None)

    async def send(self, consignment: Consignment, pdf: bytes) -> str:
        """Hand a letter over; returns its reference. Raises RefusedError too."""
        if consignment.high_security:
            pdf = await asyncio.to_thread(self._encrypt, pdf)
        files = {
            "forsendelse": (None, json.dumps(shipment(consignment), ensure_ascii=False).encode(), "application/json"),
            "filer_0": (consignment.file_name, pdf, PDF),
        }
        answer = await self._ask("send", "POST", self._shipments, self.send_seconds, files=files)
        return str(_member(answer, "id", str))

    async def statuses(self, references: Sequence[str]) -> dict[str, DispatchStep]:
        """Tell the last status of each letter it knows, by reference."""
        asked = {"forsendelseIds": list(references)}
        answer = await self._ask("statuses", "POST", f"{self._shipments}/status-sok", json=asked)
        steps = {}
        for each in _member(answer, "statuser", list):
            status = STATUSES.get(_member(each, "status", str))
            if status is None:
                log.error("unknown status", status=each["status"], reference=each.get("id"))
                continue
            steps[_member(each, "id", str)] = DispatchStep(status, _time(_member(each, "sisteStatusEndring", str)))
        return steps

    async def steps(self, reference: str) -> list[DispatchStep]:
        """Tell what a letter has come through, as far as that can be read from the log of what happened to it."""
        answer = await self._ask("events", "GET", f"{self.account.url}/api/v2/forsendelser/{reference}/hendelser")
        return steps_of(_member(answer, "hendelser", list))

    @property
    def _shipments(self) -> str:
        return f"{self.account.url}/api/v2/kontoer/{self.account.account_id}/forsendelser"

    def _encrypt(self, pdf: bytes) -> bytes:
        builder = PKCS7EnvelopeBuilder().set_data(pdf).add_recipient(self.certificate)
        return builder.set_content_encryption_algorithm(AES256).encrypt(Encoding.DER, [PKCS7Options.Binary])

    async def _ask(self, what: str, method: str, url: str, seconds: float | None = None, **content: Any) -> Any:  # noqa: ANN401  httpx's own arguments, and JSON
        """Ask, and check the answer. ``what``: its name in traces. ``seconds``: it may take as long, else as usual."""
        with traced.call(f"svarut {what}", {"peer.service": "svarut", "http.request.method": method}) as span:
            return await self._answer(span, method, url, seconds or self.request_seconds, content)

    async def _answer(self, span: Span, method: str, url: str, limit: float, content: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON
        """Ask. A time-out holds for the whole of it, not only between two bytes."""
        try:
            headers = {
                "Authorization": f"Bearer {await self.maskinporten.token()}",
                "IntegrasjonId": self.account.integration_id,
                "IntegrasjonPassord": self.account.integration_password,
            }
            async with asyncio.timeout(limit):
                answer = await self.http.request(method, url, headers=headers, timeout=limit, **content)
            span.note("http.response.status_code", answer.status_code)
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                self.maskinporten.forget()
            if answer.status_code in REFUSALS and "files" in content:
                code = _code(answer)
                log.error("svarut refused a letter", status=answer.status_code, code=code)
                raise RefusedError(code)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, TimeoutError, ValueError, TokenUnavailableError) as error:
            status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else None
            log.warning("svarut unavailable", method=method, error=type(error).__name__, status=status)
            raise PostUnavailableError from error


def shipment(consignment: Consignment) -> dict[str, Any]:
    """Write what SvarUt calls a forsendelse.

    What tells of persons is confidential whoever gets it: an organisation opens it as confidential post
    (taushetsbelagt), a person after a login of level 4, for which SvarUt wants it encrypted.
    """
    secure = consignment.high_security
    return {
        "tittel": consignment.title,
        "mottaker": _receiver(consignment),
        "avgivendeSystem": SYSTEM,
        "forsendelsestype": consignment.document_type,
        "eksternReferanse": consignment.sent_as,
        "korrelasjonsid": consignment.list_id,
        "kunDigitalLevering": consignment.receiver.digital_only,
        "kryptert": secure,
        "krevNiva4Innlogging": secure,
        "taushetsbelagtPost": consignment.confidential,
        "utskriftskonfigurasjon": {"utskriftMedFarger": False, "tosidig": True},
        "dokumenter": [
            {
                "filnavn": consignment.file_name,
                "mimeType": PDF,
                "dokumentType": consignment.document_type,
                "inneholderPersonsensitivInformasjon": consignment.confidential,
            }
        ],
    }


def _receiver(consignment: Consignment) -> dict[str, str]:
    receiver = consignment.receiver
    lines = {f"adresselinje{number}": line for number, line in enumerate(receiver.address_lines[:3], start=1)}
    all_parts = {
        "navn": receiver.name,
        "digitalId": receiver.digital_id or "",
        **lines,
        "postnummer": receiver.postal_code,
        "poststed": receiver.city,
    }
    return {name: part for name, part in all_parts.items() if part}


def _member(answer: Any, name: str, kind: type[Any]) -> Any:  # noqa: ANN401  JSON
    """Take a member of an answer. Raises PostUnavailableError where it is not there or not of that kind."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, kind):
        log.warning("svarut answers otherwise than documented", member=name)
        raise PostUnavailableError
    return value


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise PostUnavailableError from error
    if at.tzinfo is None:
        raise PostUnavailableError
    return at


def _code(answer: httpx.Response) -> str:
    """Tell the code of a refusal; its text may quote what was sent."""
    try:
        code = answer.json().get("errorCode")
    except (ValueError, AttributeError):
        code = None
    return str(code or answer.status_code)[:40]
