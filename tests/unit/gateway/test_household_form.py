"""Households on the answering page: answered as a whole, or split with a confirmation and a reason."""

from __future__ import annotations

import re

import pytest

from contracts.codes import DeclineReason, ListStatus, SplitReason
from contracts.distribution.households import DraftSplit, Split
from contracts.distribution.v1 import ApproveList, DraftDecision, SaveDecisions
from gateway.commands.outcomes import Outcome
from gateway.pages.answer_form import AnswerForm
from gateway.readmodel.one_list import OneList
from tests.unit.gateway.fakes import FakeDesk
from tests.unit.gateway.samples import LIST, NOW, act, one_list, person
from tests.unit.gateway.test_pages import FORM, PAGE, desktop
from tests.unit.gateway.test_withdrawal_pages import gone

NO = DraftDecision(running_number=2, accept=False, reason=DeclineReason.SECURITY)
MEANT = DraftSplit(household=1, reason=SplitReason.OTHER, reason_text="Avtalt på telefon.")
SPLIT_2 = FORM | {"bosett-1": "ja", "bosett-3": "ja", "grunn-2": "security", "handling": "godkjenn"}


def parsed(found: OneList | None = None, **fields: str) -> AnswerForm:
    data = FORM | {name.replace("_", "-"): value for name, value in fields.items()}
    return AnswerForm.parse(data, (found or one_list()).persons)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, ["deling-1", "delgrunn-1"]),
        ({"deling_1": "ja"}, ["delgrunn-1"]),
        ({"delgrunn_1": "agreed_with_imdi"}, ["deling-1"]),
        ({"deling_1": "ja", "delgrunn_1": "other"}, ["deltekst-1"]),
        ({"deling_1": "ja", "delgrunn_1": "family_status"}, ["delgrunn-1"]),
        ({"deling_1": "ja", "delgrunn_1": "other", "deltekst_1": "Avtalt 😀"}, []),
        ({"deling_1": "ja", "delgrunn_1": "agreed_with_imdi"}, []),
        ({"deling_1": "ja", "delgrunn_1": "agreed_with_imdi", "deltekst_1": "x" * 10_001}, ["deltekst-1"]),
    ],
)
def test_a_split_household_asks_at_its_fields(fields: dict[str, str], wrong: list[str]) -> None:
    """Confirmation, reason, and words where it is «Annet»; as a draft only what cannot be stored."""
    form = parsed(bosett_1="ja", bosett_3="ja", grunn_2="security", **fields)
    assert [error.field for error in form.errors(one_list().persons, approving=True)] == wrong
    draft = [error.field for error in form.errors(one_list().persons, approving=False)]
    assert draft == [field for field in wrong if field == "deltekst-1" and len(form.splits[1].reason_text) > 10_000]


@pytest.mark.parametrize("marked", [{"bosett_1": "ja", "bosett_2": "ja"}, {"grunn_1": "security", "grunn_2": "other"}])
def test_a_whole_household_asks_for_no_confirmation(marked: dict[str, str]) -> None:
    """Neither all of it nor none; and nothing is said of it to IMDi, whatever the fields still hold."""
    form = parsed(**marked, bosett_3="ja", tekst_2="Fordi", deling_1="ja", delgrunn_1="other", deltekst_1="Før")
    assert form.errors(one_list().persons, approving=True) == []
    assert form.approved_splits(one_list().persons) == []
    assert form.draft_splits == [DraftSplit(household=1, reason=SplitReason.OTHER, reason_text="Før")]


def test_whom_imdi_took_back_splits_nothing() -> None:
    """Somebody who is left alone can be answered alone."""
    left = one_list(person(1), gone(2), person(3, 2))
    form = parsed(left, bosett_3="ja", grunn_1="security")
    assert (form.splits, form.errors(left.persons, approving=True)) == ({}, [])


def test_one_reason_answers_for_a_household_of_which_nobody_is_marked() -> None:
    """Whoever has a reason of their own keeps it; a household of which somebody is marked gets none."""
    form = parsed(bosett_3="ja", husgrunn_1="other", hustekst_1="Ingen plass", grunn_2="security")
    assert (form.marks[1].reason, form.marks[1].reason_text) == ("other", "Ingen plass")
    assert (form.marks[2].reason, form.marks[2].reason_text) == ("security", "")
    assert form.errors(one_list().persons, approving=True) == []
    assert parsed(bosett_1="ja", bosett_3="ja", husgrunn_1="other").marks[2].reason == ""


def folded(text: str) -> list[str]:
    """Give the persons whose own reason is folded away."""
    opened = re.findall(r'<details class="more own-reason"( open)?>\s*<summary>Egen begrunnelse for person (\d)', text)
    return [number for is_open, number in opened if not is_open]


def test_a_persons_own_reason_is_folded_where_one_answers_for_all() -> None:
    """The household's stands chosen; where they differ, somebody is marked, or one is to be mended, all are open."""
    same = {
        "grunn-1": "other",
        "tekst-1": "Ingen plass",
        "grunn-2": "other",
        "tekst-2": "Ingen plass",
        "bosett-3": "ja",
    }
    toggle = {"handling": "husstand-2"}  # nothing is saved, and the page is written with what was sent
    text = desktop().post(f"{PAGE}/svar", FORM | same | toggle).text
    assert folded(text) == ["1", "2"]
    household = text[text.index('id="husgrunn-1"') : text.index('id="deling-1"')]
    assert 'value="other" selected' in household
    assert household.count("Ingen plass") == 1
    for typed in (same | {"tekst-2": "En annen"}, same | {"grunn-2": "security"}, same | {"bosett-2": "ja"}, {}):
        assert folded(desktop().post(f"{PAGE}/svar", FORM | typed | toggle).text) == []
    wrong = same | {"tekst-1": "", "tekst-2": "", "handling": "godkjenn"}
    answer = desktop().post(f"{PAGE}/svar", FORM | wrong)
    assert (answer.status_code, folded(answer.text)) == (422, [])


def test_the_households_reason_is_changed_for_all_who_had_it() -> None:
    """Also without scripts, where theirs are folded away: whoever has one of their own keeps it."""
    before = {
        "forgrunn_1": "security",
        "fortekst_1": "Før",
        "husgrunn_1": "other",
        "hustekst_1": "Nå",
        "bosett_3": "ja",
    }
    old = {"grunn_1": "security", "tekst_1": "Før"}
    form = parsed(**before, **old, grunn_2="security", tekst_2="Før")
    assert {(mark.reason, mark.reason_text) for n, mark in form.marks.items() if n != 3} == {("other", "Nå")}
    mixed = parsed(**before, **old, grunn_2="capacity_reached").marks
    assert (mixed[1].reason, mixed[2].reason) == ("other", "capacity_reached")
    emptied = parsed(**before | {"husgrunn_1": ""}, **old, grunn_2="security", tekst_2="Før").marks
    assert (emptied[1].reason, emptied[1].reason_text) == ("security", "Før")


def test_an_approval_with_a_split_comes_back_with_a_link_to_the_household() -> None:
    """422, the summary's link points at the confirmation, and every word typed is there."""
    typed = SPLIT_2 | {"beskjed": "Husk meg", "deltekst-1": "Halvferdig", "delgrunn-1": "other"}
    found = desktop(desk=FakeDesk(Outcome(LIST, 3)))
    answer = found.post(f"{PAGE}/svar", typed)
    assert answer.status_code == 422
    assert '<a class="ds-link" href="#deling-1">' in answer.text
    assert re.search(r'<input[^>]* id="deling-1"[^>]* aria-invalid="true"', answer.text)
    for words in ("Husk meg", "Halvferdig", 'value="other" selected', 'value="security" selected'):
        assert words in answer.text
    assert found.desk.sent == []
    assert found.post(f"{PAGE}/svar", typed | {"deling-1": "ja"}).status_code == 303
    body = found.desk.sent[0].body
    assert isinstance(body, ApproveList)
    assert body.splits == [Split(household=1, reason=SplitReason.OTHER, reason_text="Halvferdig")]


def test_a_draft_keeps_half_a_confirmation() -> None:
    """Lagre takes it as it is."""
    found = desktop(desk=FakeDesk(Outcome(LIST, 3)))
    found.post(f"{PAGE}/svar", SPLIT_2 | {"handling": "lagre", "delgrunn-1": "agreed_with_imdi"})
    body = found.desk.sent[0].body
    assert isinstance(body, SaveDecisions)
    assert body.splits == [DraftSplit(household=1, confirmed=False, reason=SplitReason.AGREED_WITH_IMDI)]


def test_one_control_marks_and_unmarks_a_household_without_scripts() -> None:
    """Nothing is sent or saved; all that was typed stays, and so does the form's id."""
    found = desktop(desk=FakeDesk(Outcome(LIST, 3)))
    typed = FORM | {"bosett-1": "ja", "bosett-2": "ja", "bosett-3": "ja", "beskjed": "Husk meg", "sett": "m:1 p1:2"}
    off = found.post(f"{PAGE}/svar", typed | {"handling": "husstand-1"})
    assert off.status_code == 200
    assert marked(off.text) == ["3"]
    assert "Marker hele husstanden" in off.text
    on = found.post(f"{PAGE}/svar", typed | {"handling": "husstand-1", "bosett-2": ""})
    assert marked(on.text) == ["3"]
    del typed["bosett-2"]
    on = found.post(f"{PAGE}/svar", typed | {"handling": "husstand-1"})
    assert marked(on.text) == ["1", "2", "3"]
    for text in (off.text, on.text):
        assert "Husk meg" in text
        assert f'name="skjema" value="{FORM["skjema"]}"' in text
        assert 'name="sett" value="m:1 p1:2"' in text
    assert found.desk.sent == []


def marked(text: str) -> list[str]:
    return re.findall(r'<input class="ds-input mark"[^>]* name="bosett-(\d+)"[^>]* checked', text)


def test_a_household_of_one_has_no_control() -> None:
    """It has its one mark."""
    text = desktop().get(PAGE).text
    assert 'value="husstand-1"' in text
    assert 'value="husstand-2"' not in text


@pytest.mark.parametrize("odd", ["husstand-99", "husstand-", "husstand-x", "husstand-" + "9" * 30])
def test_an_odd_household_changes_nothing(odd: str) -> None:
    """A tampered button saves at most a draft."""
    found = desktop(desk=FakeDesk(Outcome(LIST, 3)))
    assert found.post(f"{PAGE}/svar", FORM | {"bosett-1": "ja", "handling": odd}).status_code in {200, 303}


@pytest.mark.parametrize("status", [ListStatus.APPROVED, ListStatus.ANSWERED])
def test_a_split_is_told_where_it_is_read(status: ListStatus) -> None:
    """Before sending and ever after: which household, and why."""
    done = {"approved": act(), "answered": act() if status is ListStatus.ANSWERED else None}
    whole = DraftSplit(household=2, reason=SplitReason.NO_HOME_FOR_ALL)
    found = one_list(
        person(1), person(2, decision=NO), person(3, 2), status=status, splits=[MEANT, whole], version=4, **done
    )
    text = desktop(found).get(PAGE).text
    assert 'annet: <span class="typed" dir="auto">Avtalt på telefon.</span>' in text
    assert "plass til alle" not in text
    assert NOW
