from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from contracts.codes import DeclineReason, PlaceKind, Role
from contracts.distribution.v1 import ApproveList, DraftDecision, SaveDecisions
from contracts.fields import Actor
from gateway.commands.desk import Kind, command_id
from gateway.pages.answer_form import AnswerForm
from tests.unit.gateway.samples import LIST, OSLO, one_list, person

FORM_ID = "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c11"


ALONE = one_list(person(1), person(2, 2), person(3, 3, minor=True))
"""Three persons who do not belong together: households are of tests/unit/gateway/test_household_form.py."""


def sent(**fields: str) -> AnswerForm:
    """Read the form as a browser sends it: three persons, those with a mark named."""
    data = {"skjema": FORM_ID, "versjon": "4", **{name.replace("_", "-"): value for name, value in fields.items()}}
    return AnswerForm.parse(data, ALONE.persons)


def approve(form: AnswerForm, name: str = "Kari") -> ApproveList:
    actor = Actor(user_id="u-1", display_name=name, role=Role.SETTLEMENT_WRITER)
    return ApproveList(
        list_id=LIST,
        municipality_id=OSLO,
        expected_version=form.version,
        actor=actor,
        decisions=form.decisions,
        message=form.message,
    )


def test_everyone_is_marked_from_the_beginning() -> None:
    """A new list comes filled in for settlement, as the course shows it."""
    form = AnswerForm.of(ALONE)
    assert [mark.accept for mark in form.marks.values()] == [True, True, True]
    assert form.errors(ALONE.persons, approving=True) == []


def test_the_form_follows_a_kept_draft() -> None:
    """What a colleague saved is what the next one sees."""
    declined = DraftDecision(running_number=2, accept=False, reason=DeclineReason.SECURITY, reason_text="Fordi.")
    form = AnswerForm.of(one_list(person(1), person(2, decision=declined), message="Hei", version=7))
    assert form.marks[2].decision == declined
    assert (form.message, form.version) == ("Hei", 7)


def test_a_missing_mark_is_a_decline() -> None:
    """A browser sends nothing for a box that is not checked."""
    form = sent(bosett_1="ja", bosett_3="ja", grunn_2="no_health_services")
    assert [mark.accept for mark in form.marks.values()] == [True, False, True]
    assert form.decisions[1].reason is DeclineReason.NO_HEALTH_SERVICES


def test_a_decline_without_reason_points_at_its_field() -> None:
    """Approving asks for each reason that is missing, at the field where it belongs."""
    form = sent(bosett_1="ja", grunn_3="other")
    errors = form.errors(ALONE.persons, approving=True)
    assert [error.field for error in errors] == ["grunn-2", "tekst-3"]
    assert "Person 2" in errors[0].text


def test_a_draft_may_lack_its_reasons() -> None:
    """Lagre keeps half-finished work."""
    form = sent(bosett_1="ja")
    assert form.errors(ALONE.persons, approving=False) == []
    assert SaveDecisions.model_fields["decisions"]
    assert [draft.reason for draft in form.drafts] == [None, None, None]


@pytest.mark.parametrize("odd", ["nationality", "<script>", ""])
def test_an_unknown_reason_counts_as_none(odd: str) -> None:
    """Only the eight codes are reasons."""
    form = sent(bosett_1="ja", bosett_3="ja", grunn_2=odd)
    assert [error.field for error in form.errors(ALONE.persons, approving=True)] == ["grunn-2"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("x" * 10_000, False), ("x" * 10_001, True), ("a\x00b", True), ("😀 \u202eعربي", False)],
)
def test_texts_at_the_edges(text: str, wrong: bool) -> None:
    """Ten thousand characters, emoji and right-to-left text are fine; more, and NUL, are told at their field."""
    form = sent(bosett_1="ja", bosett_2="ja", bosett_3="ja", beskjed=text)
    assert [error.field for error in form.errors(ALONE.persons, approving=True)] == (["beskjed"] if wrong else [])
    if not wrong:
        assert approve(form).message == text


@pytest.mark.parametrize("text", ["x" * 10_001, "a\x00b"])
def test_a_reason_that_cannot_be_stored_is_told_at_its_field(text: str) -> None:
    """Saving and approving alike, and the form can be shown again with it."""
    form = sent(bosett_1="ja", bosett_3="ja", grunn_2="other", tekst_2=text)
    for approving in (True, False):
        assert [error.field for error in form.errors(ALONE.persons, approving=approving)] == ["tekst-2"]
    assert (form.drafts[1].reason_text, form.marks[2].reason_text) == (None, text)


def test_a_reason_typed_before_the_mark_came_back_is_kept_in_the_form_only() -> None:
    """Nobody loses words by marking somebody again, and they do not go to IMDi."""
    form = sent(bosett_1="ja", bosett_2="ja", bosett_3="ja", grunn_2="other", tekst_2="Ingen plass")
    assert form.marks[2].reason_text == "Ingen plass"
    assert form.decisions[1].reason is None
    assert form.decisions[1].reason_text is None


def test_line_breaks_are_one_character() -> None:
    """A browser sends two; the limit and the letter count one."""
    assert sent(beskjed="en\r\nto").message == "en\nto"


@pytest.mark.parametrize("odd", [{}, {"skjema": "x", "versjon": "-1"}, {"versjon": "9" * 30}, {"versjon": "٣"}])
def test_an_odd_version_is_one_that_nobody_has(odd: dict[str, Any]) -> None:
    """A tampered form is refused by the owner; it overwrites nothing and breaks nothing."""
    form = AnswerForm.parse(odd, one_list().persons)
    assert form.version == 0
    assert UUID(form.form_id)


def test_a_kept_form_comes_back_whole() -> None:
    """Through the database and back, with a new id: sending it again is a choice, and a new command."""
    form = sent(bosett_1="ja", grunn_2="other", tekst_2="Fordi", beskjed="Hei")
    back = AnswerForm.kept(json.loads(json.dumps(form.as_stored())))
    assert (back.marks, back.message, back.version) == (form.marks, form.message, form.version)
    assert back.form_id != form.form_id


def test_the_same_form_twice_is_one_command() -> None:
    """A double click sends one command; other contents, another button or another form are another."""
    first = approve(sent(bosett_1="ja", bosett_2="ja", bosett_3="ja"))
    again = approve(sent(bosett_1="ja", bosett_2="ja", bosett_3="ja"), name="Kari N.")
    changed = approve(sent(bosett_1="ja", bosett_2="ja", bosett_3="ja", beskjed="Hei"))
    assert command_id(FORM_ID, Kind.APPROVE, first) == command_id(FORM_ID, Kind.APPROVE, again)
    others = {
        command_id(FORM_ID, Kind.APPROVE, changed),
        command_id(FORM_ID, Kind.SAVE, first),
        command_id("3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c12", Kind.APPROVE, first),
    }
    assert len(others | {command_id(FORM_ID, Kind.APPROVE, first)}) == 4


def test_accepted_are_counted_by_the_place_they_take() -> None:
    """An unaccompanied minor takes another kind of place."""
    found = one_list()
    form = sent(bosett_1="ja", bosett_3="ja")
    assert form.accepted(PlaceKind.ORDINARY, found.persons) == 1
    assert form.accepted(PlaceKind.UNACCOMPANIED_MINOR, found.persons) == 1
