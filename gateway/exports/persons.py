"""The persons of one list as a table: what its page shows of them, and nothing that is withheld."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from contracts.codes import ListStatus
from contracts.distribution.v1 import ListState, PersonState
from gateway.exports.tables import Cell, Row, Table
from gateway.language import _
from gateway.pages.format import country, language_name, today
from gateway.pages.labels import label
from gateway.readmodel.one_list import OneList


def persons_table(found: OneList) -> Table:
    """Make the table of a list's persons, by household."""
    headings = [
        _("Fordeling"), _("Person"), _("Husstand"), _("Kjønn"), _("Fødselsår"), _("Statsborger av"), _("Språk"),
        _("Type plass"), _("Grunnlag"), _("Tidligst ankomst"), _("Utdanning"), _("Yrke"),
        _("Behov for tilrettelegging og helse"), _("Mer om behovene"), _("Status"), _("Svar"), _("Begrunnelse"),
        _("Utdypet begrunnelse"), _("Søkt ut"), _("Bosatt"), _("Trukket"), _("Personopplysninger slettet"),
    ]  # fmt: skip
    return Table(f"{found.state.list_id}-personer", headings, _rows(found))


async def _rows(found: OneList) -> AsyncGenerator[Sequence[Row]]:
    yield [_row(person, found.state) for person in found.persons]


def _answer(person: PersonState, of: ListState) -> str | None:
    """Tell the answer, or the draft of it; nothing where nobody has begun."""
    if of.status is ListStatus.RECEIVED:
        return None
    text = _("Bosettes") if person.decision.accept else _("Bosettes ikke")
    return text if of.answered else _("%(answer)s (ikke sendt)") % {"answer": text}


def _row(person: PersonState, of: ListState) -> list[Cell]:
    decision = person.decision
    return [
        person.list_id,
        person.running_number,
        person.household,
        label(person.sex) if person.erased_at is None else None,
        person.birth_year if person.erased_at is None else None,
        country(person.nationality) if person.erased_at is None else None,
        ", ".join(map(language_name, person.languages)),
        label(person.place_kind),
        label(person.category) if person.category else None,
        person.earliest_arrival,
        label(person.education) if person.education else None,
        person.occupation,
        ", ".join(map(label, person.needs)),
        person.needs_note,
        label(person.status),
        _answer(person, of),
        label(decision.reason) if decision.reason else None,
        decision.reason_text,
        person.placed_on,
        person.settlement_date,
        today(person.withdrawn.at) if person.withdrawn else None,
        today(person.erased_at) if person.erased_at else None,
    ]
