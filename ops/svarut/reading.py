"""Reading a letter that comes in, as strictly as the API's description."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization.pkcs7 import pkcs7_decrypt_der
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FORBIDDEN = re.compile(r'[*:"\\/<>|?]')
PDF = "application/pdf"


class NotValidError(Exception):
    """The letter is not as it must be; ``code`` says in what."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Part(BaseModel):
    """A piece of what comes in."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Receiver(Part):
    """``Adresse`` in the API."""

    navn: Annotated[str, Field(min_length=1)]
    digitalId: Annotated[str, Field(pattern=r"^([0-9]{9}|[0-9]{11})$")] | None = None  # noqa: N815  the API's names
    adresselinje1: str | None = None
    adresselinje2: str | None = None
    adresselinje3: str | None = None
    postnummer: str | None = None
    poststed: str | None = None
    land: str | None = None


class Document(Part):
    """``Dokument`` in the API."""

    filnavn: Annotated[str, Field(min_length=1, max_length=226)]
    mimeType: str  # noqa: N815
    dokumentType: str | None = None  # noqa: N815
    skalEkskluderesFraUtskrift: bool = False  # noqa: N815
    inneholderPersonsensitivInformasjon: bool = False  # noqa: N815


class Printing(Part):
    """``Utskriftskonfigurasjon`` in the API."""

    utskriftMedFarger: bool = False  # noqa: N815
    tosidig: bool = False


class Letter(Part):
    """``Forsendelse`` in the API: the parts of it that this project uses."""

    tittel: Annotated[str, Field(min_length=1, max_length=1000)]
    mottaker: Receiver
    dokumenter: list[Document]
    avgivendeSystem: Annotated[str, Field(max_length=100)] = ""  # noqa: N815
    forsendelsestype: Annotated[str, Field(max_length=100)] = ""
    eksternReferanse: Annotated[str, Field(max_length=100)] = ""  # noqa: N815
    korrelasjonsid: Annotated[str, Field(max_length=100)] = ""
    kunDigitalLevering: bool = False  # noqa: N815
    kryptert: bool = False
    krevNiva4Innlogging: bool = False  # noqa: N815
    taushetsbelagtPost: bool = False  # noqa: N815
    utskriftskonfigurasjon: Printing = Printing()


def read(text: bytes | str, files: Sequence[tuple[str, bytes]]) -> Letter:
    """Check a letter and its files (name and content, in order). Raises NotValidError."""
    try:
        letter = Letter.model_validate_json(text)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise NotValidError(f"forsendelse: {where or 'JSON'}") from None
    names = [document.filnavn for document in letter.dokumenter]
    problems = {
        "filer": [name for name, _ in files] != names or not names,
        "filnavn": len(set(names)) != len(names) or any(FORBIDDEN.search(name) for name in names),
        "adresse": not letter.kunDigitalLevering and not (letter.mottaker.postnummer and letter.mottaker.poststed),
        "digitalId": letter.kunDigitalLevering and not letter.mottaker.digitalId,
        "kryptert": letter.krevNiva4Innlogging and not letter.kryptert,
    }
    for code, wrong in problems.items():
        if wrong:
            raise NotValidError(code)
    return letter


def contents(
    letter: Letter, files: Sequence[tuple[str, bytes]], certificate: x509.Certificate, key: RSAPrivateKey
) -> Mapping[str, bytes]:
    """Decrypt what is encrypted, and check that a PDF is one. Raises NotValidError."""
    found = {}
    for document, (name, data) in zip(letter.dokumenter, files, strict=True):
        if letter.kryptert:
            try:
                data = pkcs7_decrypt_der(data, certificate, key, [])  # noqa: PLW2901
            except ValueError:
                raise NotValidError("kryptering") from None
        if document.mimeType == PDF and not data.startswith(b"%PDF-"):
            raise NotValidError("mimeType")
        found[name] = data
    return found
