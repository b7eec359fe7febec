"""The register of municipalities: stable ids, dated numbers, contacts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeAlias

from services.municipality.domain.codes import ContactRole, LanguageForm, MailFailure, Role
from services.municipality.domain.refusals import ChangedMeanwhile, MunicipalityMerged, Refusal, RoleMayNotWrite


class DivisionError(ValueError):
    """The division file cannot be reconciled with the register, e.g. a municipality is gone from it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a division says of a municipality. ``number``: 4 digits; ``valid_from``: start of that division."""

    number: str
    name: str
    county_number: str
    county_name: str
    organisation_number: str
    language_form: LanguageForm
    population: int
    valid_from: date


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """A line of a division file. ``predecessors``: the numbers it had under the division before, if others."""

    facts: Facts
    predecessors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreached:
    """E-mail does not reach somebody. since: when the first one failed so, aware."""

    failure: MailFailure
    since: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody in the municipality whom the system may write to. ``unreached``: None where nothing is known of it."""

    name: str
    email: str
    roles: tuple[ContactRole, ...]
    unreached: Unreached | None = None


@dataclass(frozen=True, slots=True)
class Merger:
    """What a municipality became part of. successor: that one's id; on: the first day on which it is."""

    successor: str
    on: date


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality under its stable id; the number and all other facts may change with a division.

    four_eyes: whether it wants another one to send an answer than the one who approved it.
    merger: where it went; what was its stays under its id, and is the successor's to read and answer.
    """

    id: str
    version: int
    facts: Facts
    contacts: tuple[Contact, ...] = field(default=())
    four_eyes: bool = False
    merger: Merger | None = None

    def refuses_new(self, today: date) -> MunicipalityMerged | None:
        """Tell why nothing new may come under this municipality: it has merged. What is there goes on."""
        if self.merger is None or today < self.merger.on:
            return None
        return MunicipalityMerged(self.merger.successor, self.merger.on)

    def register_contacts(
        self, contacts: Sequence[Contact], *, role: Role, expected_version: int
    ) -> tuple[Municipality, list[ContactsChanged]] | Refusal:
        """Replace the contacts; the same ones again change nothing.

        Whoever registers them says that these are the addresses: that one was not reached is forgotten.
        """
        if not role.may_write:
            return RoleMayNotWrite(role)
        if expected_version != self.version:
            return ChangedMeanwhile(expected_version, self.version)
        if tuple(contacts) == self.contacts:
            return self, []
        changed = replace(self, version=self.version + 1, contacts=tuple(contacts))
        return changed, [ContactsChanged(changed.id, changed.version, len(changed.contacts))]

    def mail_ended(self, is_meant: Callable[[str], bool], end: MailEnd) -> tuple[Municipality, list[ContactsChanged]]:
        """Mark or unmark the contacts whose address is meant; where nothing changes, there is no event."""
        contacts = tuple(_after(end, one) if is_meant(one.email) else one for one in self.contacts)
        if contacts == self.contacts:
            return self, []
        changed = replace(self, version=self.version + 1, contacts=contacts)
        return changed, [ContactsChanged(changed.id, changed.version, len(contacts))]

    def require_four_eyes(self, *, required: bool, role: Role) -> tuple[Municipality, list[FourEyesChanged]] | Refusal:
        """Require another one to send than the one who approved, or not any more; as it is again changes nothing.

        Operations alone, at the municipality's word: a caseworker could else take away what binds them.
        """
        if role is not Role.SYSTEM:
            return RoleMayNotWrite(role)
        if required == self.four_eyes:
            return self, []
        changed = replace(self, version=self.version + 1, four_eyes=required)
        return changed, [FourEyesChanged(changed.id, changed.version, required)]


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail was taken by the mail server: not yet that it has arrived."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody knows that a mail has arrived."""


MailEnd: TypeAlias = Unreached | Taken | Arrived
"""How a mail to a contact ended."""


def _after(end: MailEnd, contact: Contact) -> Contact:
    """Tell what is known of a contact after a mail.

    The first failure stays, so that it is known since when. Of an address whose mails come back, the server's taking
    another one says nothing; it does of one that the server itself refused.
    """
    known = contact.unreached
    match end:
        case Unreached():
            return replace(contact, unreached=known or end)
        case Taken() if known is None or known.failure is MailFailure.BOUNCED:
            return contact
        case _:
            return replace(contact, unreached=None)


@dataclass(frozen=True, slots=True)
class ContactsChanged:
    """How many contacts the municipality has now; who they are, or whom e-mail reaches, has changed."""

    id: str
    version: int
    contacts: int


@dataclass(frozen=True, slots=True)
class Merged:
    """The municipality becomes part of another one."""

    id: str
    version: int
    merger: Merger


@dataclass(frozen=True, slots=True)
class FourEyesChanged:
    """Whether another one must send than the one who approved."""

    id: str
    version: int
    required: bool


RegisterEvent = ContactsChanged | FourEyesChanged | Merged


def first_id(number: str) -> str:
    """Make the stable id of a municipality that has ``number`` when it is first registered here. Never parsed."""
    return f"k-{number}"


def follow_division(known: Iterable[Municipality], rows: Sequence[DivisionRow]) -> list[Municipality]:
    """List the municipalities that a division adds, changes or merges, at their new versions, in the file's order.

    A row is the municipality that bears its number. A number nobody bears is a renumbered municipality where the row
    alone names one predecessor that left the file, else a new one. Who left the file and is named by one other row has
    merged into that one's municipality. Raises DivisionError where a municipality is left without a row or is split
    (whose its agreements and lists are then, people decide), or where a used id would be needed.
    """
    all_known = list(known)
    by_number = {one.facts.number: one for one in all_known if one.merger is None}
    used = {municipality.id for municipality in all_known}
    left = set(by_number) - {row.facts.number for row in rows}
    claims = Counter(number for row in rows for number in row.predecessors)
    changed: list[Municipality] = []
    bearers: dict[str, str] = {}
    for row in rows:
        bearer = by_number.get(row.facts.number)
        if bearer is None and len(row.predecessors) == 1 and claims[row.predecessors[0]] == 1:
            (predecessor,) = row.predecessors
            bearer = by_number[predecessor] if predecessor in left else None
            left.discard(predecessor)
        if bearer is None:
            if first_id(row.facts.number) in used:
                raise DivisionError(f"{row.facts.number} was another municipality's number before: give it an id")
            bearer = Municipality(first_id(row.facts.number), 1, row.facts)
            changed.append(bearer)
        elif bearer.facts != row.facts:
            changed.append(replace(bearer, version=bearer.version + 1, facts=row.facts))
        bearers[row.facts.number] = bearer.id
    if lost := sorted(number for number in left if claims[number] != 1):
        raise DivisionError(f"gone from the division file, and not in one other row alone: {', '.join(lost)}")
    return [*changed, *(_merged(by_number[number], rows, bearers) for number in sorted(left))]


def _merged(gone: Municipality, rows: Sequence[DivisionRow], bearers: Mapping[str, str]) -> Municipality:
    row = next(row for row in rows if gone.facts.number in row.predecessors)
    if row.facts.valid_from <= gone.facts.valid_from:
        since = gone.facts.valid_from.isoformat()
        raise DivisionError(f"{gone.facts.number} merges after {since}: give {row.facts.number} a later valid_from")
    merger = Merger(bearers[row.facts.number], row.facts.valid_from)
    return replace(gone, version=gone.version + 1, merger=merger)
