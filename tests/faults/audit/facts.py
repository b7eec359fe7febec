"""What is so after a fault: in databases, on topics, in the mailbox, at SvarUt, on pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.topics import Record


@dataclass(frozen=True, slots=True)
class PersonFact:
    """A person as distribution has them."""

    status: str
    accept: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ListFact:
    """A list as distribution has it. ``answered``: whether it ever was, also where it is withdrawn now."""

    version: int
    status: str
    persons: Mapping[int, PersonFact]
    answered: bool = False


@dataclass(frozen=True, slots=True)
class MailFact:
    """A mail as notification has it. ``state``: as in its table."""

    mail_id: str
    list_id: str
    state: str


@dataclass(frozen=True, slots=True)
class LetterFact:
    """A letter as letters has it. running_number: None for the municipality's. stored: the PDF is there, unharmed."""

    letter_id: str
    list_id: str
    running_number: int | None
    made: bool
    stored: bool
    failure: str | None = None
    reference: str | None = None
    dispatch_failure: str | None = None


@dataclass(frozen=True, slots=True)
class ParkedFact:
    """A message in a dead-letter queue. ``announced``: on the failures topic."""

    service: str
    subject: str
    type: str
    error: str
    announced: bool


@dataclass(frozen=True, slots=True)
class AsideFact:
    """A row that Kafka refused for good. ``alarmed``: a log said so."""

    service: str
    subject: str
    topic: str
    alarmed: bool


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A list as the API shows it; ``on_page``: the status that its page names, None where no page was opened."""

    version: int
    status: str
    accepted: frozenset[int]
    on_page: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one fault's lists, by list id where nothing else is said.

    records: of every topic since the fault began, in the order of their offsets.
    notices: kinds. mailbox: how often each mail lies in it, by its id. shipments: SvarUt's ids by letter id.
    strangers: what lies outside, in the mailbox or at SvarUt, of which no database of ours knows.
    ledger: requested, placed, settled. drifting: ledger years whose sums are not those of their entries.
    left: what still moved when the time to become quiet was up. differing: what reconcile found.
    """

    lists: Mapping[str, ListFact] = field(default_factory=dict)
    records: Sequence[Record] = ()
    notices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mails: Sequence[MailFact] = ()
    mailbox: Mapping[str, int] = field(default_factory=dict)
    letters: Sequence[LetterFact] = ()
    shipments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    strangers: Sequence[str] = ()
    ledger: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    drifting: Sequence[str] = ()
    parked: Sequence[ParkedFact] = ()
    aside: Sequence[AsideFact] = ()
    shown: Mapping[str, ShownFact] = field(default_factory=dict)
    left: Sequence[str] = ()
    differing: Sequence[str] = ()
