"""What is told of the audit: lines for a SIEM and reports for a person, by what is in the rows and nothing else."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.storage import chain
from ops.audit import cef
from ops.audit.people import OnList, on_list
from ops.audit.report import Entry
from ops.audit.words import BY_LANGUAGE, NB, Language
from ops.audit.writing import Form, Report
from ops.errors import UserError

AT = datetime(2026, 11, 26, 9, 15, 30, tzinfo=UTC)
ROW: dict[str, Any] = {
    "audit_id": 7,
    "at": AT,
    "kind": "look",
    "what": "health",
    "channel": "page",
    "user_id": "u-1",
    "role": "settlement_writer",
    "municipality_id": "k-0301",
    "subject": "FL-2026-000123",
    "running_number": 2,
    "purpose": "housing",
    "refusal": None,
    "details": {},
}


def entry(**changes: Any) -> Entry:
    given: dict[str, Any] = {
        "person": OnList("FL-2026-000123", 2),
        "at": AT,
        "kind": "look",
        "what": "health",
        "channel": "page",
        "who": "0a1b2c3d",
        "role": "settlement_writer",
        "organisation": "Oslo",
        "purpose": "other",
        "words": "Møte <b>med</b> skolen",
        "refusal": None,
    }
    return Entry(**{**given, **changes})


def report(*entries: Entry, language: Language = Language.BOKMAL) -> Report:
    return Report(["FL-2026-000123/2"], entries, AT, language)


def test_a_row_is_one_line_of_cef() -> None:
    """Head and fields as the format has them; what is not there is left out."""
    assert cef.line(ROW) == (
        "CEF:0|Fordeling|gateway|1|look:health|Look at a person|4|rt=1795684530000 externalId=7 act=health suser=u-1 "
        "spriv=settlement_writer outcome=success cs1Label=municipality cs1=k-0301 cs2Label=subject cs2=FL-2026-000123 "
        "cs3Label=purpose cs3=housing cs4Label=channel cs4=page cn1Label=runningNumber cn1=2"
    )
    refused = cef.line(ROW | {"refusal": "no-access", "purpose": None, "running_number": None})
    assert "outcome=failure reason=no-access" in refused
    assert "|6|" in refused
    assert "cn1" not in refused


def test_what_parts_fields_is_escaped() -> None:
    r"""``|`` and ``\`` in the head, ``=``, ``\`` and line breaks in the fields; a row stays one line."""
    odd = cef.line(ROW | {"what": "a|b\\c\nd", "user_id": "kari=1\\2\r\nCEF:0|forged", "details": {"a": "=|"}})
    assert "|look:a\\|b\\\\c d|" in odd
    assert "suser=kari\\=1\\\\2\\nCEF:0|forged " in odd
    assert 'cs5={"a": "\\=|"}' in odd
    assert len(odd.splitlines()) == 1


@pytest.mark.parametrize("form", Form)
def test_a_report_says_who_when_why_and_what(form: Form) -> None:
    """In every form; a refusal says that nothing was shown."""
    written = report(entry(), entry(refusal="role", purpose="housing", words=None)).written(form)
    if form is Form.JSON:
        told = json.loads(written)["entries"]
        assert (told[0]["who"], told[0]["organisation"], told[0]["allowed"]) == ("0a1b2c3d", "Oslo", True)
        assert (told[1]["refusal"], told[1]["allowed"]) == ("role", False)
        return
    for text in ("26.11.2026 10:15:30", "0a1b2c3d", "Oslo", "Bosetter-skriv", "Helseopplysninger", "Annet", "Vist"):
        assert text in written
    assert "Avvist: rollen gir ikke tilgang" in written
    assert ("Møte <b>med</b> skolen" in written) is (form is not Form.HTML)
    assert ("Møte &lt;b&gt;med&lt;/b&gt; skolen" in written) is (form is Form.HTML)


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "＝1+1"])
def test_no_cell_of_a_report_is_a_formula(text: str) -> None:
    """Words of a purpose begin as somebody wrote them."""
    written = report(entry(purpose=text, words=None)).written(Form.CSV)
    [_, row] = list(csv.reader(written.splitlines(), delimiter=";"))
    assert row[5] == f"'{text}"


@pytest.mark.parametrize("language", Language)
def test_a_report_is_in_a_language(language: Language) -> None:
    """All words exist in all three; where there is nothing, it says so."""
    words = BY_LANGUAGE[language]
    assert words.keys() == NB.keys()
    written = report(language=language).written(Form.HTML)
    assert f'<html lang="{language.value}">' in written
    assert words["nobody"] in written
    assert report(language=language).written(Form.TEXT).startswith(words["title"])


def test_a_person_is_named_by_list_and_number() -> None:
    """Anything else is refused, naming the option."""
    assert on_list("FL-2026-000123/2") == OnList("FL-2026-000123", 2)
    for odd in ("FL-2026-000123", "17859010229", "FL-1/x", "/1"):
        with pytest.raises(UserError, match="--person"):
            on_list(odd)


def test_ranges_are_written_and_read() -> None:
    """As PostgreSQL writes them."""
    assert chain.ranges([1, 2, 3, 7, 9, 10]) == "{[1,4),[7,8),[9,11)}"
    assert [number for part in chain.numbers("{[1,4),[7,8),[9,11)}") for number in part] == [1, 2, 3, 7, 9, 10]


def test_a_column_more_changes_no_digest_of_before() -> None:
    """One that is not set is as if it were not there; a value that is set counts, and so does its name."""
    assert chain.row_digest(ROW) == chain.row_digest(ROW | {"later": None})
    assert chain.row_digest(ROW) == chain.row_digest(dict(reversed(ROW.items())))
    for changed in (ROW | {"later": 1}, ROW | {"at": AT.replace(microsecond=1)}, ROW | {"purpose": "reception"}):
        assert chain.row_digest(changed) != chain.row_digest(ROW)
