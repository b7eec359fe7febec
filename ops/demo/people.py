"""Invented households: who belongs together, how old they are, what they need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from contracts.codes import Education, Need, Sex
from contracts.imdi.v1 import Identity, OfferedPerson, PostalAddress
from ops.demo.identity import Numbers, RandomNumbers
from ops.demo.origins import CENTRES, OCCUPATIONS, ORIGINS, Origin

_ADULT_AGE = 18
_NOTES = (
    "Trenger bolig uten trapper. Bruker krykker.",
    "Følges opp av spesialist hver tredje måned.",
    "Bør bo i nærheten av sykehus med dialyse.",
    "Trenger lærer som kan tegnspråk.",
)
_HEALTH = {
    Need.REGULAR_MEDICAL_FOLLOW_UP: "Bruker insulin. Time hos fastlege bør bestilles før ankomst.",
    Need.MENTAL_HEALTH_FOLLOW_UP: "Har gått til samtaler på mottaket, og ønsker å fortsette med det.",
    Need.NEAR_HOSPITAL: "Får dialyse tre ganger i uken. Sykehuset er varslet.",
}
"""What is told of a person's health once it is placed, by the need that was told before."""


@dataclass(frozen=True, slots=True)
class Member:
    """One to be in a household: sex and age in years, before the rest is invented."""

    female: bool
    age: int


@dataclass(frozen=True, slots=True)
class Setting:
    """When people are offered, and who gives them numbers.

    today: the day of the offer. They are as old as invented on the first of its year: so they are born on the same
    days, and have the same numbers, all the year, and what follows from a number does not hang on the day.
    """

    today: date
    numbers: Numbers = field(default_factory=RandomNumbers)


def household(random: Random, number: int, first_running_number: int, setting: Setting) -> list[OfferedPerson]:
    """Invent one household of one to six persons, running numbers from ``first_running_number``."""
    origin = random.choices(ORIGINS, [origin.weight for origin in ORIGINS])[0]
    members = _members(random)
    alone_and_young = len(members) == 1 and members[0].age < _ADULT_AGE
    family_name = random.choice(origin.family_names)
    centre = random.choice(CENTRES)
    return [
        _person(
            random, origin, member, setting,
            running_number=first_running_number + index, household=number, family_name=family_name,
            centre=centre, unaccompanied_minor=alone_and_young,
        )
        for index, member in enumerate(members)
    ]  # fmt: skip


def households(random: Random, persons: int, setting: Setting) -> Iterator[OfferedPerson]:
    """Invent exactly that many persons, in households; the last one is cut to fit."""
    made, number = 0, 0
    while made < persons:
        number += 1
        group = household(random, number, made + 1, setting)[: persons - made]
        # The first member of a household is grown up or an unaccompanied minor, so a cut leaves no child alone.
        made += len(group)
        yield from group


def _members(random: Random) -> list[Member]:
    shape = random.choices(("alone", "couple", "family", "single parent", "minor"), (40, 12, 24, 18, 6))[0]
    adult = Member(random.random() < 0.5, random.randint(19, 62))
    children = [Member(random.random() < 0.5, random.randint(0, 17)) for _ in range(random.randint(1, 4))]
    spouse = Member(not adult.female, max(19, adult.age + random.randint(-6, 6)))
    match shape:
        case "couple":
            return [adult, spouse]
        case "family":
            return [adult, spouse, *children]
        case "single parent":
            return [adult, *children[:3]]
        case "minor":
            return [Member(random.random() < 0.3, random.randint(15, 16))]
    return [adult]


def _person(
    random: Random, origin: Origin, member: Member, setting: Setting, *,
    running_number: int, household: int, family_name: str, centre: tuple[str, str, str], unaccompanied_minor: bool,
) -> OfferedPerson:  # fmt: skip
    today, numbers = setting.today, setting.numbers
    # How often a number is drawn until its check digits are right depends on the day of birth, and so on the year.
    # Drawn apart, it leaves everything else of a demonstration the same whatever the day.
    drawn = Random(random.getrandbits(64))
    born = today.replace(month=1, day=1) - timedelta(days=round(member.age * 365.25) + random.randint(1, 360))
    grown = member.age >= _ADULT_AGE
    needs = random.sample(list(Need), random.randint(1, 2)) if random.random() < 0.15 else []
    name, postal_code, city = centre
    return OfferedPerson(
        running_number=running_number,
        household=household,
        unaccompanied_minor=unaccompanied_minor,
        sex=Sex.FEMALE if member.female else Sex.MALE,
        birth_year=born.year,
        nationality=origin.country,
        languages=list(origin.languages),
        category=origin.category,
        earliest_arrival=today + timedelta(days=random.randint(14, 60)),
        education=random.choice(list(Education)[1:-1]) if grown else None,
        occupation=random.choice(OCCUPATIONS) if grown and random.random() < 0.8 else None,
        needs=sorted(needs),
        needs_note=random.choice(_NOTES) if needs else None,
        identity=Identity(
            given_name=random.choice(origin.female_names if member.female else origin.male_names),
            family_name=family_name,
            birth_date=born,
            duf_number=numbers.duf_number(drawn, today.year - drawn.randint(0, 2)),
            identity_number=numbers.identity_number(drawn, born, female=member.female),
            address=PostalAddress(lines=[name], postal_code=postal_code, city=city),
            health_note=next((_HEALTH[need] for need in sorted(needs) if need in _HEALTH), None),
        ),
    )
