"""Contacts whom e-mail does not reach, where the municipality sees its contacts."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.codes import ContactRole, LanguageForm, MailFailure
from contracts.municipality.v1 import ContactState, MunicipalityState
from tests.unit.gateway.fakes import Desktop, FakeReader
from tests.unit.gateway.samples import NOW, OSLO, user

PAGE = f"/kommune/{OSLO}"
MARK = "E-post kommer ikke fram"


def page(*failures: MailFailure | None) -> str:
    contacts = [
        ContactState(
            name=f"Skriver {number}",
            email=f"skriver{number}@oslo.example",
            roles=[ContactRole.SETTLEMENT_WRITER],
            mail_failure=failure,
            mail_failed_at=failure and NOW,
        )
        for number, failure in enumerate(failures)
    ]
    state = MunicipalityState(
        municipality_id=OSLO, number="0301", name="Oslo", county_number="03", county_name="Oslo",
        organisation_number="958935420", language_form=LanguageForm.NEUTRAL, population=717710,
        valid_from=date(2024, 1, 1), contacts=contacts,
    )  # fmt: skip
    return str(Desktop(user(), FakeReader(municipality=state)).get(PAGE).text)


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (MailFailure.REFUSED, "Adressen blir avvist"),
        (MailFailure.GAVE_UP, "bedt oss vente i to døgn"),
        (MailFailure.BOUNCED, "E-posten kommer i retur"),
    ],
)
def test_it_says_who_is_not_reached_why_and_what_to_do(failure: MailFailure, words: str) -> None:
    """At that contact alone, in words, with the day since when, and that the notices are seen in any case."""
    text = page(None, failure)
    assert text.count(MARK) == 1
    reached, unreached = text.split("Skriver 1")
    assert MARK not in reached
    assert words in unreached
    assert "Siden 24.11.2026." in unreached
    assert "Rett adressene" in unreached


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (MailFailure.REFUSED, "Vi sender ikke mer dit"),
        (MailFailure.GAVE_UP, "Vi sender fortsatt dit."),
        (MailFailure.BOUNCED, "Vi sender ikke mer dit"),
    ],
)
def test_it_says_whether_mails_still_go_there(failure: MailFailure, words: str) -> None:
    """What passes by itself is tried on; what does not waits for somebody to mend the address."""
    text = page(None, failure)
    assert [one in text for one in ("Vi sender ikke mer dit", "Vi sender fortsatt dit.")].count(True) == 1
    assert words in text


def test_nothing_is_said_where_all_are_reached() -> None:
    """No mark, and no advice."""
    text = page(None, None)
    assert MARK not in text
    assert "Rett adressene" not in text
