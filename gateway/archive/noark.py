"""``arkivmelding.xml``: a list and its papers as Noark 5 takes them in.

Element names, their order and codes are those of ``arkivmelding.xsd`` in the namespace below, as it is used for sending
between case systems and archives; codes by their Noark 5 catalogue of metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from gateway.archive.papers import Paper
from gateway.pages.format import OSLO

NAMESPACE = "http://www.arkivverket.no/standarder/noark5/arkivmelding"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
CHECKSUMS = "urn:fordeling:sjekksum"
SYSTEM = "Fordeling"
LAW = "Offentleglova § 13 første ledd, jf. forvaltningsloven § 13 første ledd nr. 1"
_IDS = UUID("0b6f3f0e-5d2c-5f6a-9d0e-4a1c7be0a6d1")
"""Ours alone, and never changed: the same paper has the same id in the archive, however often it is fetched."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for, not even escaped: one such character in a name would make the message unreadable."""

_Node = tuple[str, "str | Iterable[_Node]"]


@dataclass(frozen=True, slots=True)
class Case:
    """The list as a case. ``responsible``: the caseworker who answered. ``at``: when its last paper was made."""

    list_id: str
    municipality: str
    received_at: datetime
    responsible: str
    at: datetime


def arkivmelding(case: Case, papers: Sequence[Paper]) -> bytes:
    """Write the message, UTF-8; the same papers give the same bytes."""
    ET.register_namespace("", NAMESPACE)
    ET.register_namespace("xsi", XSI)
    ET.register_namespace("f", CHECKSUMS)
    root = ET.Element(f"{{{NAMESPACE}}}arkivmelding")
    _add(root, [
        ("system", SYSTEM),
        ("meldingId", _identity("melding", case.list_id, *(paper.sha256 for paper in papers))),
        ("tidspunkt", _moment(case.at)),
        ("antallFiler", str(len(papers))),
    ])  # fmt: skip
    folder = _typed(root, "mappe", "saksmappe")
    _add(folder, [
        ("systemID", _identity("mappe", case.list_id)),
        ("mappeID", case.list_id),
        ("tittel", f"Fordelingsliste {case.list_id}"),
        ("opprettetDato", _moment(case.received_at)),
        ("opprettetAv", SYSTEM),
    ])  # fmt: skip
    for number, paper in enumerate(papers, start=1):
        _record(folder, case, paper, number)
    _add(folder, [
        ("saksaar", str(case.received_at.astimezone(OSLO).year)),
        ("saksdato", _day(case.received_at.astimezone(OSLO).date())),
        ("administrativEnhet", case.municipality),
        ("saksansvarlig", case.responsible),
        ("saksstatus", "Under behandling"),
    ])  # fmt: skip
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _record(folder: ET.Element, case: Case, paper: Paper, number: int) -> None:
    record, made = _typed(folder, "basisregistrering", "journalpost"), _moment(paper.made_at)
    _add(record, [
        ("systemID", _identity("journalpost", paper.letter_id)),
        ("opprettetDato", made),
        ("opprettetAv", SYSTEM),
        # Some editions of the schema want these two of every record, others let them be.
        ("arkivertDato", made),
        ("arkivertAv", SYSTEM),
        ("registreringsID", f"{case.list_id}/{number}"),
        ("referanseForelderMappe", _identity("mappe", case.list_id)),
        ("skjerming", [
            ("tilgangsrestriksjon", "Unntatt offentlighet"),
            ("skjermingshjemmel", LAW),
            ("skjermingMetadata", "Korrespondansepart"),
            ("skjermingDokument", "Skjerming av hele dokumentet"),
        ]),
        ("dokumentbeskrivelse", [
            ("systemID", _identity("dokument", paper.letter_id)),
            ("dokumenttype", "Brev"),
            ("dokumentstatus", "Dokumentet er ferdigstilt"),
            ("tittel", paper.title),
            ("opprettetDato", made),
            ("opprettetAv", paper.sender),
            ("tilknyttetRegistreringSom", "Hoveddokument"),
            ("dokumentnummer", "1"),
            ("tilknyttetDato", made),
            ("tilknyttetAv", SYSTEM),
            ("dokumentobjekt", [
                ("versjonsnummer", "1"),
                ("variantformat", "Arkivformat"),
                ("opprettetDato", made),
                ("opprettetAv", SYSTEM),
                ("referanseDokumentfil", paper.file),
            ]),
        ]),
        ("tittel", paper.title),
    ])  # fmt: skip
    own = ET.SubElement(record, f"{{{NAMESPACE}}}virksomhetsspesifikkeMetadata")
    checksum = ET.SubElement(own, f"{{{CHECKSUMS}}}sjekksum", algoritme="SHA-256")
    checksum.text = paper.sha256
    sent = ("sendtDato" if paper.outgoing else "mottattDato", made)
    _add(record, [
        ("journalposttype", "Utgående dokument" if paper.outgoing else "Inngående dokument"),
        ("journalstatus", "Ekspedert" if paper.outgoing else "Journalført"),
        ("journaldato", _day(paper.made_at.astimezone(OSLO).date())),
        ("dokumentetsDato", _day(paper.dated)),
        sent,
        *_parties(case, paper),
    ])  # fmt: skip


def _parties(case: Case, paper: Paper) -> Iterable[_Node]:
    yield _party("Avsender", paper.sender)
    yield _party("Mottaker", paper.receiver)
    if paper.copy_to_municipality:
        yield _party("Kopimottaker", case.municipality)


def _party(kind: str, name: str) -> _Node:
    return "korrespondansepart", [("korrespondanseparttype", kind), ("korrespondansepartNavn", name)]


def _typed(parent: ET.Element, name: str, kind: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{NAMESPACE}}}{name}", {f"{{{XSI}}}type": kind})


def _add(parent: ET.Element, nodes: Iterable[_Node]) -> None:
    for name, content in nodes:
        node = ET.SubElement(parent, f"{{{NAMESPACE}}}{name}")
        if isinstance(content, str):
            node.text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", content)
        else:
            _add(node, content)


def _identity(*parts: str) -> str:
    return str(uuid5(_IDS, ":".join(parts)))


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _day(day: date) -> str:
    return day.isoformat()
