"""Lists as a table, one row each, with what Fordelinger shows of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import date

from contracts.distribution.v1 import ListState
from gateway.exports.tables import Cell, Row, Table
from gateway.language import _
from gateway.pages.format import number, today
from gateway.pages.labels import label
from gateway.readmodel.lists import ListFilter, all_lists
from gateway.readmodel.reader import Reader

MOST_LISTS = 10_000
"""Rows of a file: more than any municipality has had in ten years."""


def lists_table(reader: Reader, municipality_id: str, wanted: ListFilter, on: date, *, most: int = MOST_LISTS) -> Table:
    """Make the table of all lists of a filter. Beyond ``most`` the last row says how many there are."""
    headings = [
        _("Fordeling"), _("Status"), _("År"), _("Mottatt"), _("Svarfrist"), _("Over fristen"), _("Besvart"),
        _("Besvart for sent"), _("Personer"), _("Enslige mindreårige (EM)"), _("Akseptert"), _("Ikke akseptert"),
        _("Søkt ut"), _("Bosatt"), _("Trukket"), _("Tilbudt på nytt"), _("Kommer i stedet for"),
    ]  # fmt: skip
    name = f"fordelinger-{municipality_id}-{on.isoformat()}"
    return Table(name, headings, _rows(reader, municipality_id, wanted, on, most))


async def _rows(
    reader: Reader, municipality_id: str, wanted: ListFilter, on: date, most: int
) -> AsyncGenerator[Sequence[Row]]:
    total = 0
    async with aclosing(all_lists(reader, municipality_id, wanted, most=most)) as parts:
        async for some in parts:
            total = some.total
            yield [_row(one, on) for one in some.lists]
    if total > most:
        counts = {"most": number(most), "total": number(total)}
        yield [[_("Bare %(most)s av %(total)s fordelinger er med. Gjør utvalget mindre for å få med resten.") % counts]]


def yes_or_no(value: object) -> str:
    """Write whether something is so."""
    return _("Ja") if value else _("Nei")


def _row(state: ListState, on: date) -> list[Cell]:
    answered = state.answered
    overdue = not answered and not state.withdrawn and state.deadline < on
    return [
        state.list_id,
        label(state.status),
        state.year,
        today(state.received_at),
        state.deadline,
        yes_or_no(overdue),
        today(answered.at) if answered else None,
        yes_or_no(state.late) if answered else None,
        state.persons,
        state.unaccompanied_minors,
        # before the answer they are a draft, which the page does not show either
        state.accepted if answered else None,
        state.declined if answered else None,
        state.placed,
        state.settled,
        state.withdrawn_persons,
        yes_or_no(state.reoffer or state.offered_again_at),
        state.replaces,
    ]
