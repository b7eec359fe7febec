"""What is told to SvarUt of each kind of letter, and what its statuses are here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts import codes
from ops.svarut.journey import Status
from services.letters.adapters.svarut import STATUSES, shipment
from services.letters.domain import codes as own
from services.letters.domain.codes import DispatchFailure, Kind, Language
from services.letters.domain.consignment import Consignment, Outdated, consign
from services.letters.domain.dispatch import Dispatch, DispatchStep
from services.letters.domain.letter import Letter
from tests.unit.letters.stories import AT, KINN, LIST, OSLO, PLACED_ON, folder


def letter(kind: Kind, language: Language = Language.BOKMAAL) -> Letter:
    return Letter("the-letter", 2, kind, "k-0301", LIST, (1,), PLACED_ON, AT, language)


def addressed(kind: Kind) -> Consignment:
    found = consign(letter(kind), OSLO, {1: folder(1)})
    assert isinstance(found, Consignment)
    return found


def test_a_decision_goes_to_the_municipality_digitally() -> None:
    """By organisation number, as confidential post; no address is known, so never as paper."""
    told = shipment(addressed(Kind.PLACEMENT_DECISION))
    assert told["mottaker"] == {"navn": "Oslo kommune", "digitalId": OSLO.organisation_number}
    assert (told["kunDigitalLevering"], told["taushetsbelagtPost"]) == (True, True)
    assert (told["krevNiva4Innlogging"], told["kryptert"]) == (False, False)
    assert told["tittel"] == f"Vedtak om bosetting, {LIST}"


def test_a_persons_letter_is_guarded() -> None:
    """By identity number with an address for paper, opened with a login of level 4 only, and so encrypted."""
    told = shipment(addressed(Kind.LETTER_TO_PERSON))
    assert told["mottaker"] == {
        "navn": "Nour Haddad",
        "digitalId": "17859010221",
        "adresselinje1": "Nordlys mottak",
        "adresselinje2": "Storgata 10",
        "postnummer": "9011",
        "poststed": "Tromsø",
    }
    guards = ("taushetsbelagtPost", "krevNiva4Innlogging", "kryptert", "kunDigitalLevering")
    assert [told[name] for name in guards] == [True, True, True, False]
    assert told["utskriftskonfigurasjon"] == {"utskriftMedFarger": False, "tosidig": True}
    [document] = told["dokumenter"]
    assert document["inneholderPersonsensitivInformasjon"] is True
    assert (told["eksternReferanse"], told["avgivendeSystem"]) == ("the-letter", "Fordeling")


def test_a_request_is_no_secret() -> None:
    """It tells of no person: the municipality opens it as any other letter, and needs no folder for it."""
    asked = replace(letter(Kind.REQUEST), persons=(), list_id="ANM-2027-0301")
    consignment = consign(asked, OSLO, {})
    assert isinstance(consignment, Consignment)
    told = shipment(consignment)
    assert (told["tittel"], told["taushetsbelagtPost"]) == ("Anmodning om bosetting, ANM-2027-0301", False)
    assert told["dokumenter"][0]["inneholderPersonsensitivInformasjon"] is False
    assert told["mottaker"]["digitalId"] == OSLO.organisation_number


def test_a_withdrawal_is_told_though_the_folders_are_closed() -> None:
    """By organisation number, as confidential post."""
    told = consign(letter(Kind.WITHDRAWAL), OSLO, {})
    assert isinstance(told, Consignment)
    assert (told.receiver.digital_id, told.confidential) == (OSLO.organisation_number, True)


def test_who_has_no_identity_number_gets_paper() -> None:
    """There is no digital id then, and nothing empty in its place."""
    addressee = folder(1)
    without = type(addressee)(
        **{name: getattr(addressee, name) for name in addressee.__slots__ if name != "identity_number"}
    )
    found = consign(letter(Kind.LETTER_TO_PERSON), OSLO, {1: without})
    assert isinstance(found, Consignment)
    assert "digitalId" not in shipment(found)["mottaker"]


def test_a_title_names_nobody() -> None:
    """It is shown before the receiver has logged in; it is in the letter's language."""
    told = shipment(addressed(Kind.LETTER_TO_PERSON))
    shown = f"{told['tittel']} {told['forsendelsestype']} {told['dokumenter'][0]['filnavn']}"
    assert not [part for part in ("Nour", "Haddad", "Oslo", LIST) if part in shown]
    nynorsk = consign(letter(Kind.PLACEMENT_DECISION, Language.NYNORSK), KINN, {1: folder(1)})
    assert isinstance(nynorsk, Consignment)
    assert nynorsk.title == f"Vedtak om busetjing, {LIST}"


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind.names_persons])
def test_of_a_withdrawn_person_nothing_is_sent(kind: Kind) -> None:
    """The folder is closed: there is nobody to write to, or about."""
    assert consign(letter(kind), OSLO, {}) is DispatchFailure.FOLDER_CLOSED


def test_a_decision_that_names_a_withdrawn_person_is_not_sent_as_it_is() -> None:
    """Others whom it names are open still."""
    both = replace(letter(Kind.PLACEMENT_DECISION), persons=(1, 2))
    assert consign(both, OSLO, {2: folder(2)}) is Outdated.NAMES_WITHDRAWN
    assert isinstance(consign(both, OSLO, {1: folder(1), 2: folder(2)}), Consignment)


def test_every_status_has_its_code() -> None:
    """SvarUt's thirteen, ours, and those that travel are the same."""
    assert len(STATUSES) == 13
    assert set(STATUSES) == {status.value for status in Status}
    assert set(STATUSES.values()) == set(own.DispatchStatus)
    assert {status.value for status in own.DispatchStatus} == {status.value for status in codes.DispatchStatus}
    assert {failure.value for failure in DispatchFailure} == {failure.value for failure in codes.DispatchFailure}


@pytest.mark.parametrize("status", list(own.DispatchStatus))
def test_nothing_follows_a_final_status(status: own.DispatchStatus) -> None:
    """After read, printed, rejected … nothing is taken in; after any other a later one is."""
    later = own.DispatchStatus.READ if status is not own.DispatchStatus.READ else own.DispatchStatus.PRINTED
    there = Dispatch("reference", AT, (DispatchStep(status, AT),))
    assert (there.after(DispatchStep(later, AT + timedelta(seconds=1))) is None) == status.final
