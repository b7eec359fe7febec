"""The register follows a division of the country; contacts are the municipality's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.municipality.domain.codes import ContactRole, LanguageForm, Role
from services.municipality.domain.refusals import ChangedMeanwhile, MunicipalityMerged, RoleMayNotWrite
from services.municipality.domain.register import (
    Contact,
    ContactsChanged,
    DivisionError,
    DivisionRow,
    Facts,
    Merger,
    Municipality,
    follow_division,
)

OSLO = Facts("0301", "Oslo", "03", "Oslo", "958935420", LanguageForm.NEUTRAL, 717710, date(2024, 1, 1))
BERGEN = replace(OSLO, number="4601", name="Bergen", organisation_number="964338531", county_number="46")
CONTACT = Contact("Kari Nordmann", "kari@example.no", (ContactRole.SETTLEMENT_WRITER,))


def register(*facts: Facts) -> list[Municipality]:
    return follow_division([], [DivisionRow(fact) for fact in facts])


def test_new_municipalities_get_ids_from_their_first_numbers() -> None:
    """An empty register takes all rows, in the file's order, at version 1."""
    assert register(OSLO, BERGEN) == [Municipality("k-0301", 1, OSLO), Municipality("k-4601", 1, BERGEN)]


def test_the_same_division_changes_nothing() -> None:
    """Following a division twice is following it once."""
    assert follow_division(register(OSLO, BERGEN), [DivisionRow(OSLO), DivisionRow(BERGEN)]) == []


def test_a_changed_fact_raises_that_municipality_alone() -> None:
    """The contacts stay."""
    oslo, bergen = register(OSLO, BERGEN)
    oslo = replace(oslo, version=4, contacts=(CONTACT,))
    renamed = replace(OSLO, name="Oslo - Oslove")
    changed = follow_division([oslo, bergen], [DivisionRow(renamed), DivisionRow(BERGEN)])
    assert changed == [Municipality("k-0301", 5, renamed, (CONTACT,))]


def test_a_renumbered_municipality_keeps_its_id() -> None:
    """A new number whose only predecessor left the file is the same municipality."""
    renumbered = replace(OSLO, number="0302", valid_from=date(2028, 1, 1))
    changed = follow_division(register(OSLO, BERGEN), [DivisionRow(renumbered, ("0301",)), DivisionRow(BERGEN)])
    assert changed == [Municipality("k-0301", 2, renumbered)]


LATER = date(2028, 1, 1)


@pytest.mark.parametrize("own", [(), ("0301",)])
def test_who_is_named_by_one_other_row_has_merged_into_it(own: tuple[str, ...]) -> None:
    """Taken up by a municipality that goes on: that one is as it was, the other keeps its facts and is told of."""
    known = register(OSLO, BERGEN)
    oslo = replace(OSLO, valid_from=LATER)
    changed = follow_division(known, [DivisionRow(oslo, (*own, "4601"))])
    merged = Municipality("k-4601", 2, BERGEN, merger=Merger("k-0301", LATER))
    assert changed == [Municipality("k-0301", 2, oslo), merged]
    assert follow_division(changed, [DivisionRow(oslo, (*own, "4601"))]) == []


def test_two_that_become_a_new_one_are_both_told_of() -> None:
    """The new one is registered first: the others name it. A later merger goes on from there."""
    new = replace(OSLO, number="5001", name="Nye", valid_from=LATER)
    changed = follow_division(register(OSLO, BERGEN), [DivisionRow(new, ("0301", "4601"))])
    merger = Merger("k-5001", LATER)
    assert changed == [
        Municipality("k-5001", 1, new),
        Municipality("k-0301", 2, OSLO, merger=merger),
        Municipality("k-4601", 2, BERGEN, merger=merger),
    ]
    last = replace(OSLO, number="5002", valid_from=date(2032, 1, 1))
    [renumbered] = follow_division(changed, [DivisionRow(last, ("5001",))])
    assert (renumbered.id, renumbered.merger) == ("k-5001", None)


def test_a_merger_begins_on_its_day_and_after_what_there_was() -> None:
    """Until its day everything is as before; a file that merges somebody as of their own first day is a mistake."""
    merged = Municipality("k-4601", 2, BERGEN, merger=Merger("k-0301", LATER))
    assert merged.refuses_new(date(2027, 12, 31)) is None
    assert merged.refuses_new(LATER) == MunicipalityMerged("k-0301", LATER)
    with pytest.raises(DivisionError, match="4601 merges after 2024-01-01"):
        follow_division(register(OSLO, BERGEN), [DivisionRow(OSLO, ("4601",))])


def test_a_split_municipality_is_not_guessed() -> None:
    """Whose the agreements and lists are then, people decide; the register does not start on a guess."""
    known = register(OSLO, BERGEN)
    halves = [
        DivisionRow(replace(OSLO, number="0302"), ("0301",)),
        DivisionRow(replace(OSLO, number="0303"), ("0301",)),
    ]
    with pytest.raises(DivisionError, match="0301"):
        follow_division(known, [*halves, DivisionRow(BERGEN)])
    with pytest.raises(DivisionError, match="4601"):
        follow_division(known, [DivisionRow(OSLO)])


def test_an_id_is_never_used_twice() -> None:
    """A number that comes to another municipality does not make it the former bearer."""
    moved = Municipality("k-0301", 2, replace(OSLO, number="0302"))
    with pytest.raises(DivisionError, match="0301"):
        follow_division([moved], [DivisionRow(moved.facts), DivisionRow(BERGEN), DivisionRow(OSLO)])


def test_contacts_are_replaced_as_a_whole() -> None:
    """The event tells how many there are, not who."""
    [oslo] = register(OSLO)
    decided = oslo.register_contacts([CONTACT], role=Role.SETTLEMENT_WRITER, expected_version=1)
    assert decided == (replace(oslo, version=2, contacts=(CONTACT,)), [ContactsChanged("k-0301", 2, 1)])


def test_the_same_contacts_again_change_nothing() -> None:
    """No event and no version."""
    [oslo] = register(OSLO)
    assert oslo.register_contacts([], role=Role.SYSTEM, expected_version=1) == (oslo, [])


def test_contacts_are_refused_to_readers_and_on_another_version() -> None:
    """As with all that is the municipality's."""
    [oslo] = register(OSLO)
    reader = oslo.register_contacts([CONTACT], role=Role.SETTLEMENT_READER, expected_version=1)
    assert reader == RoleMayNotWrite(Role.SETTLEMENT_READER)
    late = oslo.register_contacts([CONTACT], role=Role.SETTLEMENT_WRITER, expected_version=3)
    assert late == ChangedMeanwhile(expected=3, actual=1)
