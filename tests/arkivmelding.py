"""Our own check of ``arkivmelding.xml``: elements, their order, what must be there, codes and forms of values.

The schema (``arkivmelding.xsd``, ``metadatakatalog.xsd``) can be had from no package registry and is not ours to keep
here (docs/letters.md). This says of it what the messages use, element by element. To hold one to the schema itself:
``xmllint --noout --schema arkivmelding.xsd arkivmelding.xml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from xml.etree import ElementTree as ET

NAMESPACE = "{http://www.arkivverket.no/standarder/noark5/arkivmelding}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

# Every element in its order: "!" must be there, "*" may be there several times, others once at most.
_MAPPE = "systemID! mappeID tittel! offentligTittel beskrivelse noekkelord* dokumentmedium opprettetDato! opprettetAv! "
_MAPPE += "avsluttetDato avsluttetAv virksomhetsspesifikkeMetadata merknad* skjerming klassifikasjon* "
_MAPPE += "basisregistrering* saksaar sakssekvensnummer saksdato! administrativEnhet! saksansvarlig! journalenhet "
_MAPPE += "saksstatus!"
_REGISTRERING = (
    "systemID! opprettetDato! opprettetAv! arkivertDato! arkivertAv! registreringsID referanseForelderMappe! "
)
_REGISTRERING += "skjerming dokumentbeskrivelse* "
_BASIS = "tittel! offentligTittel beskrivelse noekkelord* forfatter* dokumentmedium virksomhetsspesifikkeMetadata "
_POST = "journalaar journalsekvensnummer journalpostnummer journalposttype! journalstatus! journaldato! "
_POST += "dokumentetsDato mottattDato sendtDato forfallsdato offentlighetsvurdertDato antallVedlegg korrespondansepart*"
_SHAPES: Mapping[str, str] = {
    "arkivmelding": "system! meldingId! tidspunkt! antallFiler! mappe*",
    "mappe": _MAPPE,
    "basisregistrering": _REGISTRERING + _BASIS + _POST,
    "skjerming": "tilgangsrestriksjon! skjermingshjemmel! skjermingMetadata!* skjermingDokument",
    "dokumentbeskrivelse": "systemID! dokumenttype! dokumentstatus! tittel! beskrivelse forfatter* opprettetDato! "
    "opprettetAv! tilknyttetRegistreringSom! dokumentnummer! tilknyttetDato! tilknyttetAv! skjerming dokumentobjekt*",
    "dokumentobjekt": "versjonsnummer! variantformat! opprettetDato! opprettetAv! referanseDokumentfil!",
    "korrespondansepart": "korrespondanseparttype! korrespondansepartNavn!",
}
_CODES: Mapping[str, set[str]] = {
    "saksstatus": {"Under behandling", "Avsluttet", "Utgår"},
    "journalposttype": {"Inngående dokument", "Utgående dokument"},
    "journalstatus": {"Journalført", "Ferdigstilt fra saksbehandler", "Godkjent av leder", "Ekspedert", "Arkivert"},
    "dokumentstatus": {"Dokumentet er under redigering", "Dokumentet er ferdigstilt"},
    "tilknyttetRegistreringSom": {"Hoveddokument", "Vedlegg"},
    "variantformat": {"Produksjonsformat", "Arkivformat"},
    "korrespondanseparttype": {"Avsender", "Mottaker", "Kopimottaker", "Intern avsender", "Intern mottaker"},
    "skjermingDokument": {"Skjerming av hele dokumentet", "Skjerming av deler av dokumentet"},
}
_IDENTITY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENTS = {"tidspunkt", "arkivertDato", "opprettetDato", "tilknyttetDato", "mottattDato", "sendtDato"}
_DAYS = {"saksdato", "journaldato", "dokumentetsDato"}
_NUMBERS = {"antallFiler", "saksaar", "dokumentnummer", "versjonsnummer"}


def breaches(message: bytes) -> list[str]:
    """List what is wrong, one sentence each; empty: as the schema wants it."""
    root = ET.fromstring(message)
    if root.tag != f"{NAMESPACE}arkivmelding":
        return [f"the root is {root.tag}"]
    return list(_of(root, "arkivmelding"))


def _of(node: ET.Element, name: str) -> Iterator[str]:
    if name == "virksomhetsspesifikkeMetadata":
        return  # anything
    if name not in _SHAPES:
        yield from _value(name, node.text or "", has_children=len(node) > 0)
        return
    wanted = {"mappe": "saksmappe", "basisregistrering": "journalpost"}.get(name)
    if node.get(TYPE) != wanted:
        yield f"{name}: type {node.get(TYPE)}"
    names = [child.tag.removeprefix(NAMESPACE) for child in node]
    words = _SHAPES[name].split()
    order = [word.rstrip("!*") for word in words]
    yield from (f"{name}: {each} is unknown" for each in names if each not in order)
    places = [order.index(each) for each in names if each in order]
    if places != sorted(places):
        yield f"{name}: out of order: {names}"
    for word, each in zip(words, order, strict=True):
        if "!" in word and each not in names:
            yield f"{name}: {each} is missing"
        if "*" not in word and names.count(each) > 1:
            yield f"{name}: {each} is there several times"
    for child, each in zip(node, names, strict=True):
        yield from _of(child, each)


def _value(name: str, text: str, *, has_children: bool) -> Iterator[str]:
    if has_children:
        yield f"{name}: has parts"
    elif name in {"systemID", "referanseForelderMappe", "meldingId"} and not _IDENTITY.fullmatch(text):
        yield f"{name}: {text} is no id"
    elif name in _CODES and text not in _CODES[name]:
        yield f"{name}: {text} is no code"
    elif name in _NUMBERS and not text.isdecimal():
        yield f"{name}: {text} is no number"
    elif name in _MOMENTS | _DAYS:
        try:
            _ = datetime.fromisoformat(text) if name in _MOMENTS else date.fromisoformat(text)
        except ValueError:
            yield f"{name}: {text} is no time"
