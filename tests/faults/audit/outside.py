"""What follows from lists and answers: notices, mails, letters, places; and what waits for a human."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tests.faults.audit.facts import AsideFact, Facts, LetterFact, ListFact, ParkedFact
from tests.faults.audit.findings import Finding, Kind
from tests.faults.audit.history import History


def findings(found: Mapping[str, History], facts: Facts, writers: int) -> Iterator[Finding]:
    """Yield what is wrong. ``writers``: how many people of each municipality are written to."""
    held_up = {one.subject for one in facts.parked} | {one.subject for one in facts.aside}
    mails: dict[str, int] = Counter(mail.list_id for mail in facts.mails)
    letters: dict[str, list[LetterFact]] = defaultdict(list)
    for letter in facts.letters:
        letters[letter.list_id].append(letter)
    for list_id, fact in facts.lists.items():
        if list_id in held_up or list_id not in found:
            continue
        kinds = ["list_received"]
        kinds += ["list_answered"] if fact.answered else []
        kinds += ["list_withdrawn"] if fact.status == "withdrawn" else []
        yield from _counted(list_id, "notice", facts.notices.get(list_id, ()), kinds)
        yield from _number(list_id, "mails", mails[list_id], len(kinds) * writers)
        yield from _letters_of(list_id, fact, letters[list_id])
        yield from _places(list_id, fact, facts)
    yield from _mails(facts)
    yield from _letters(facts)
    yield from (
        Finding(Kind.DIFFERENT, one, "it has left the house, and no database knows of it") for one in facts.strangers
    )
    yield from _waiting(facts)


def _counted(list_id: str, what: str, there: object, wanted: list[str]) -> Iterator[Finding]:
    counts, expected = Counter(there), Counter(wanted)  # type: ignore[call-overload]
    for kind in sorted(counts.keys() | expected.keys()):
        yield from _number(list_id, f"{what} {kind}", counts[kind], expected[kind])


def _number(list_id: str, what: str, there: int, wanted: int) -> Iterator[Finding]:
    if there < wanted:
        yield Finding(Kind.LOST, list_id, f"{what}: {there} of {wanted}")
    elif there > wanted:
        yield Finding(Kind.DOUBLED, list_id, f"{what}: {there} instead of {wanted}")


def _letters_of(list_id: str, fact: ListFact, letters: list[LetterFact]) -> Iterator[Finding]:
    placed = {number for number, person in fact.persons.items() if fact.answered and person.accept}
    wanted = Counter(dict.fromkeys(placed, 1) | ({None: 1} if placed else {}))
    there = Counter(letter.running_number for letter in letters)
    for number in wanted.keys() | there.keys():
        whose = "letter to the municipality" if number is None else f"letter to person {number}"
        yield from _number(list_id, whose, there[number], wanted[number])


def _places(list_id: str, fact: ListFact, facts: Facts) -> Iterator[Finding]:
    statuses = Counter(person.status for person in fact.persons.values())
    wanted = (statuses["requested"] + statuses["accepted"], statuses["placed"], statuses["settled"])
    there = facts.ledger.get(list_id, (0, 0, 0))
    if there != wanted:
        kind = Kind.LOST if sum(there) < sum(wanted) else Kind.DOUBLED if sum(there) > sum(wanted) else Kind.DIFFERENT
        yield Finding(kind, list_id, f"the ledger of places has {there}, the list {wanted}")


def _mails(facts: Facts) -> Iterator[Finding]:
    for mail in facts.mails:
        copies = facts.mailbox.get(mail.mail_id, 0)
        if copies > 1:
            yield Finding(Kind.DOUBLED, mail.list_id, f"a mail lies in the mailbox {copies} times")
        if mail.state == "sent" and not copies:
            yield Finding(Kind.LOST, mail.list_id, "a mail that was sent is in no mailbox")
        elif mail.state == "failed" and copies:
            yield Finding(Kind.DIFFERENT, mail.list_id, "a mail that failed is in a mailbox")
        elif mail.state in ("planned", "claimed", "handing_over"):
            yield Finding(Kind.SILENT, mail.list_id, f"a mail is still {mail.state}")


def _letters(facts: Facts) -> Iterator[Finding]:
    for letter in facts.letters:
        about = f"{letter.list_id}/{letter.running_number or 'municipality'}"
        shipments = facts.shipments.get(letter.letter_id, ())
        if letter.made and not letter.stored:
            yield Finding(Kind.LOST, about, "the letter is said to be made, and its PDF is not there")
        if len(shipments) > 1:
            yield Finding(Kind.DOUBLED, about, f"SvarUt has the letter {len(shipments)} times")
        if letter.failure or letter.dispatch_failure:
            continue  # told in its state, on the list's page, and as an event
        if not letter.made:
            yield Finding(Kind.SILENT, about, "the letter is not made")
        elif letter.reference is None:
            yield Finding(Kind.SILENT, about, "the letter is not handed over")
        elif letter.reference not in shipments:
            yield Finding(Kind.LOST, about, "the letter is said to be handed over, and SvarUt does not have it")


def waiting(parked: Sequence[ParkedFact], aside: Sequence[AsideFact]) -> Iterator[Finding]:
    """Tell what waits for a human: stuck where one was told, else unseen."""
    for letter in parked:
        kind = Kind.STUCK if letter.announced else Kind.SILENT
        yield Finding(kind, letter.subject, f"{letter.service} has parked {letter.type}: {letter.error}")
    for row in aside:
        kind = Kind.STUCK if row.alarmed else Kind.SILENT
        yield Finding(kind, row.subject, f"{row.service} has put a record for {row.topic} aside")


def _waiting(facts: Facts) -> Iterator[Finding]:
    yield from waiting(facts.parked, facts.aside)
    for what in facts.left:
        yield Finding(Kind.SILENT, "not quiet", what)
    for year in facts.drifting:
        yield Finding(Kind.DIFFERENT, year, "the year's sums are not those of its entries")
    for what in facts.differing:
        yield Finding(Kind.DIFFERENT, "reconcile", what)
