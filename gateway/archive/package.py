"""A list's package as a zip file that any program opens."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Mapping
from datetime import datetime

from gateway.archive.noark import Case, arkivmelding
from gateway.archive.papers import Paper, papers_of
from gateway.pages.letter_store import LetterStore
from gateway.readmodel.one_list import OneList

MESSAGE, SUMS = "arkivmelding.xml", "sjekksummer.sha256"
ZIP = "application/zip"
_EARLIEST = 1980
"""A zip file knows no earlier year."""


async def package(found: OneList, municipality: str, store: LetterStore) -> bytes | None:
    """Make the package, its PDFs checked against their hashes; None where no paper is made yet.

    The same papers give the same bytes. Raises LetterUnavailableError.
    """
    papers = papers_of(found, municipality)
    if not papers:
        return None
    state = found.state
    contents = {}
    for paper, letter in zip(papers, found.papers, strict=True):
        assert letter.document is not None, "papers are made"
        contents[paper.file] = await store.read(letter.document)
    responsible = state.answered.display_name if state.answered else municipality
    at = max(paper.made_at for paper in papers)
    case = Case(state.list_id, municipality, state.received_at, responsible, at)
    return await asyncio.to_thread(_zipped, case, papers, contents)


def _zipped(case: Case, papers: list[Paper], contents: Mapping[str, bytes]) -> bytes:
    sums = "".join(f"{paper.sha256}  {paper.file}\n" for paper in papers)
    files = {MESSAGE: arkivmelding(case, papers), SUMS: sums.encode(), **contents}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(_entry(name, case.at), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(max(at.year, _EARLIEST), at.month, at.day, at.hour, at.minute, at.second))
    entry.external_attr = 0o600 << 16
    return entry
