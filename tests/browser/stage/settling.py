"""Invented person folders, and what the owner makes of plans and settlements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from random import Random

from contracts.codes import PersonStatus, Sex
from contracts.distribution.v1 import (
    Act,
    MovedIn,
    PersonFolderState,
    PersonState,
    PlannedWeek,
    RegisteredSettlement,
    Week,
)
from contracts.imdi.v1 import PostalAddress
from ops.demo.identity import synthetic_identity_number
from tests.browser.stage.world import OneList

GIVEN = {Sex.FEMALE: ("Nour", "Amina", "Layla", "Sara"), Sex.MALE: ("Yusuf", "Omar", "Tesfay", "Karim")}
FAMILY = ("Haddad", "Rahimi", "Tekle", "Bondarenko")
HEALTH = "Bruker insulin. Time hos fastlege bør bestilles før ankomst."
HAS_FOLDER = frozenset({PersonStatus.PLACED, PersonStatus.SETTLED})


def folders(one: OneList) -> Iterator[PersonFolderState]:
    """Tell who the placed persons of a list are; the same ones each time."""
    for person in one.persons:
        if person.status not in HAS_FOLDER or person.withdrawn:
            continue
        seed = Random(f"{one.state.list_id}/{person.running_number}")
        born = date(person.birth_year, seed.randint(1, 12), seed.randint(1, 28))
        sex = Sex.FEMALE if person.sex is Sex.FEMALE else Sex.MALE
        assert person.placed_on is not None
        yield PersonFolderState(
            list_id=person.list_id,
            municipality_id=person.municipality_id,
            running_number=person.running_number,
            given_name=seed.choice(GIVEN[sex]),
            family_name=FAMILY[person.household % len(FAMILY)],
            birth_date=born,
            duf_number=f"2025{seed.randint(0, 99999999):08}",
            identity_number=synthetic_identity_number(seed, born, female=sex is Sex.FEMALE),
            address=PostalAddress(lines=["Nordlys mottak"], postal_code="9016", city="Tromsø"),
            languages=person.languages,
            placed_on=person.placed_on,
            health_note=HEALTH if person.running_number == 1 else None,
        )


def settled(one: OneList, moved_in: Mapping[int, MovedIn], acted: Act) -> list[PersonState]:
    """Give the persons with the dates that were registered."""
    persons = []
    for person in one.persons:
        told = moved_in.get(person.running_number)
        if told is None or told.settlement_date == person.settlement_date:
            persons.append(person)
            continue
        entry = RegisteredSettlement(
            settlement_date=told.settlement_date,
            before=person.settlement_date,
            at=acted.at,
            by=acted.display_name,
            reason=told.reason if person.settlement_date else None,
        )
        changes = {
            "status": PersonStatus.SETTLED,
            "settlement_date": told.settlement_date,
            "settlements": [*person.settlements, entry],
        }
        persons.append(person.model_copy(update=changes))
    return persons


def planned(one: OneList, numbers: list[int], week: Week | None, acted: Act) -> list[PersonState]:
    """Give the persons with the week that was planned."""
    plan = PlannedWeek(week=week, by=acted) if week else None
    return [
        person.model_copy(update={"planned": plan}) if person.running_number in numbers else person
        for person in one.persons
    ]
