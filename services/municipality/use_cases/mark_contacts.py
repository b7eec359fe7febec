"""Note at the contacts how a mail to them ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from services.municipality.domain.register import MailEnd, Taken
from services.municipality.use_cases.ports import Municipalities


@dataclass(frozen=True, slots=True)
class MarkContacts:
    """How a mail to one of a municipality's contacts ended. ``is_meant``: tells an address that it was to."""

    municipality_id: str
    is_meant: Callable[[str], bool]
    end: MailEnd


async def mark_contacts(command: MarkContacts, municipalities: Municipalities, *, today: date) -> None:
    """Mark or unmark them; of a municipality that has merged, those of its successor, for they are written to."""
    municipality = await municipalities.get(command.municipality_id)
    while municipality is not None and (merged := municipality.refuses_new(today)):
        municipality = await municipalities.get(merged.successor)
    if municipality is not None:
        changed, events = municipality.mail_ended(command.is_meant, command.end)
        await municipalities.save(changed, events)


async def worth_marking(commands: Sequence[MarkContacts], municipalities: Municipalities) -> list[bool]:
    """Tell of each, in their order, whether it may change anything.

    Nearly all mails are taken, by contacts that nothing is noted of: those are left out by one look that locks nothing.
    A mark that is set meanwhile is none that the mail was after: what is told of one municipality comes in its order.
    """
    taken = {command.municipality_id for command in commands if isinstance(command.end, Taken)}
    concerned = set(await municipalities.marked(taken)) if taken else set()
    worth = []
    for command in commands:
        if not isinstance(command.end, Taken):
            concerned.add(command.municipality_id)  # from here on a contact may be marked
        worth.append(command.municipality_id in concerned)
    return worth
