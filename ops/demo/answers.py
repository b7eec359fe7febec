"""How the demonstration's caseworkers answer: whole households, mostly yes, believable reasons."""

from __future__ import annotations

from random import Random

from contracts.codes import DeclineReason, Role
from contracts.distribution.v1 import Decision
from contracts.fields import Actor
from contracts.imdi.v1 import PublishDistributionList

_CASEWORKERS = ("Ingrid Moen", "Per Solberg", "Anne Haugen", "Lars Bakke", "Marit Dahl", "Jon Eide", "Siri Lunde")
_REASONS = (
    (DeclineReason.NO_SUITABLE_HOUSING, "Vi har ingen ledig bolig som er stor nok."),
    (DeclineReason.CAPACITY_REACHED, None),
    (DeclineReason.ADAPTATION_NEEDS_NOT_MET, "Boligen kan ikke tilpasses innen rimelig tid."),
    (DeclineReason.NO_HEALTH_SERVICES, None),
    (DeclineReason.NO_SCHOOL_OR_CHILDCARE, "Barnehageplass blir først ledig til høsten."),
    (DeclineReason.OTHER, "Husstanden bør bo nær familie i nabokommunen."),
)
MESSAGES = ("", "", "Vi kan ta imot fra uke 3.", "Ring oss gjerne om ankomstdato.", "Boligen er klar.")


def caseworker(random: Random, municipality_id: str) -> Actor:
    """Choose a caseworker of the municipality; always the same few in each."""
    index = random.randrange(2)
    name = _CASEWORKERS[(sum(map(ord, municipality_id)) + index) % len(_CASEWORKERS)]
    return Actor(user_id=f"demo-{municipality_id}-{index}", display_name=name, role=Role.SETTLEMENT_WRITER)


def decisions(random: Random, body: PublishDistributionList) -> list[Decision]:
    """Decide for every person, household by household."""
    declined = {
        household: random.choice(_REASONS)
        for household in sorted({person.household for person in body.persons})
        if random.random() < 0.15
    }
    return [
        Decision(running_number=person.running_number, accept=False, reason=reason[0], reason_text=reason[1])
        if (reason := declined.get(person.household))
        else Decision(running_number=person.running_number)
        for person in body.persons
    ]
