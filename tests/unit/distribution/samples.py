"""Lists, persons and actors for tests. Every number is synthetic, and follows from the person's own number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from chassis.reading.subscriptions import Received, Record
from contracts import topics
from contracts.envelope import Envelope, Message, encode_headers
from contracts.imdi import v1
from ops.demo.identity import synthetic_identity_number
from services.distribution.domain.codes import DeclineReason, Role
from services.distribution.domain.drafts import Form
from services.distribution.domain.lists import Actor, Asked, DistributionList
from services.distribution.domain.offers import receive
from services.distribution.domain.persons import Decision
from services.distribution.entrypoints import inbound
from services.distribution.use_cases.publish_list import Incoming

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LIST = "FL-2026-000123"
OSLO, BERGEN = "k-0301", "k-4601"
KARI = Actor("user-kari", "Kari Nordmann", Role.SETTLEMENT_WRITER)
OLA = Actor("user-ola", "Ola Hansen", Role.SETTLEMENT_WRITER)
READER = Actor("user-les", "Lese Lesesen", Role.SETTLEMENT_READER)
NO_HOUSING = Decision(accept=False, reason=DeclineReason.NO_SUITABLE_HOUSING)
OTHER = Decision(accept=False, reason=DeclineReason.OTHER, reason_text="Bør bo nær familien.")
GIVEN_NAME, FAMILY_NAME = "Merkenavn", "Merkesen"
"""Names that may be seen in few places only."""


def offered(running_number: int, who: int | None = None, **changes: Any) -> v1.OfferedPerson:
    """Offer a person. ``who``: the same gives the same identity; ``changes`` to the identity by ``identity=``."""
    who = running_number if who is None else who
    born = date(1970 + who % 30, 1 + who % 12, 1 + who % 28)
    identity = {
        "given_name": GIVEN_NAME,
        "family_name": FAMILY_NAME,
        "birth_date": born,
        "duf_number": f"2025{who:08d}",
        "identity_number": synthetic_identity_number(Random(who), born, female=who % 2 == 0),
        "address": {"lines": ["Nordlys mottak"], "postal_code": "9016", "city": "Tromsø"},
    } | changes.pop("identity", {})
    fields = {
        "running_number": running_number,
        "household": running_number,
        "sex": "female" if who % 2 == 0 else "male",
        "birth_year": identity["birth_date"].year,
        "nationality": "SY",
        "languages": ["ar", "ku"],
        "category": "resettlement",
        "earliest_arrival": date(2026, 12, 20),
        "education": "higher",
        "occupation": "Apotekmedarbeider",
        "needs": ["step_free_home"],
        "needs_note": "Trenger bolig uten trapper.",
        "identity": identity,
    }
    return v1.OfferedPerson(**(fields | changes))


def minor(running_number: int, who: int | None = None) -> v1.OfferedPerson:
    """Offer an unaccompanied minor of 15."""
    who = running_number if who is None else who
    born = date(2011, 1 + who % 10, 1 + who % 28)
    identity = {
        "birth_date": born, "identity_number": synthetic_identity_number(Random(who), born, female=who % 2 == 0),
    }  # fmt: skip
    return offered(running_number, who, unaccompanied_minor=True, identity=identity)


def body(list_id: str = LIST, number: str = "0301", **changes: Any) -> v1.PublishDistributionList:
    """Publish a list, of two adults and an unaccompanied minor unless ``persons`` says otherwise."""
    persons = changes.pop("persons", None) or [offered(1), offered(2), minor(3)]
    return v1.PublishDistributionList(list_id=list_id, municipality_number=number, persons=persons, **changes)


def record(message: Message, *, key: str, subject: str, offset: int = 0, message_id: str = "id-1") -> Record:
    """Put a message of IMDi's on its topic."""
    envelope = Envelope(message_id, "/imdi", message.message_type, subject, AT)
    headers = encode_headers(envelope)
    return Record(topics.IMDI_LISTS.name, 0, offset, 1_764_000_000_000, key.encode(), headers,
                  message.model_dump_json().encode())  # fmt: skip


def incoming(published: v1.PublishDistributionList, *, offset: int = 0, key: str | None = None) -> Incoming:
    """Read a list as the entrypoint does."""
    raw = record(published, key=key or published.municipality_number, subject=published.list_id, offset=offset)
    envelope = Envelope("id-1", "/imdi", published.message_type, published.list_id, AT)
    return inbound.sound(Received(envelope, published, raw))


def a_list(*persons: v1.OfferedPerson, **changes: Any) -> DistributionList:
    """Give a list that Oslo has just received."""
    offer = incoming(body(persons=list(persons) or None, **changes)).offer
    assert offer is not None
    received, _ = receive(offer, OSLO, AT)
    return received


def asked(current: DistributionList | int, actor: Actor = KARI, at: datetime = AT) -> Asked:
    """Let somebody ask who has looked at the list as it stands, or at that version."""
    return Asked(actor, current if isinstance(current, int) else current.version, at)


def form(current: DistributionList, message: str = "", **declined: Decision) -> Form:
    """Fill in a form: everybody accepted but ``_2=NO_HOUSING``."""
    by_number = {int(name[1:]): decision for name, decision in declined.items()}
    decisions = [(one.running_number, by_number.get(one.running_number, Decision())) for one in current.persons]
    return Form(decisions, message)


def numbers(places: Sequence[Any]) -> list[int]:
    """List the running numbers of what names persons."""
    return [place.running_number for place in places]
