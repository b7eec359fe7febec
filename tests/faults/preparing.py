"""Municipalities for every fault: who they are, and what each has before the first list comes."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from contracts.codes import ContactRole, Role
from contracts.fields import Actor
from contracts.imdi.v1 import RequestPlaces
from contracts.municipality.v1 import Contact, RegisterContacts, RegisterResolution
from contracts.topics import IMDI_REQUESTS, MUNICIPALITY_COMMANDS
from ops import broker
from ops.demo.conversation import Command, Conversation
from ops.inbound import Inbound
from ops.paths import ROOT
from tests.faults.machine import Machine
from tests.faults.stage import Municipality

FILE = ROOT / "services" / "municipality" / "data" / "municipalities-2024-01-01.csv"
OSLO = ZoneInfo("Europe/Oslo")
EACH = 6
"""So many municipalities has a fault for itself."""
WRITERS = 2
PLACES = (400, 60)
PATIENCE_SECONDS = 240.0
ACTOR = Actor(user_id="rig", display_name="Rigg", role=Role.SYSTEM)


class AllMunicipalities:
    """The country, in an order of chance."""

    def __init__(self, seed: int) -> None:
        with FILE.open(encoding="utf-8", newline="") as rows:
            self._all = [
                Municipality(
                    row["number"],
                    row["organisation_number"],
                    row["name"],
                    tuple(f"skriver{n}@k{row['number']}.example" for n in range(1, WRITERS + 1)),
                )
                for row in csv.DictReader(rows)
            ]
        Random(f"{seed}/municipalities").shuffle(self._all)

    def of(self, index: int) -> Sequence[Municipality]:
        """Tell those of the fault with that place in the list of all faults: nobody else's."""
        assert (index + 1) * EACH <= len(self._all), "there are more faults than the country has municipalities for"
        return self._all[index * EACH : (index + 1) * EACH]


def prepare(machine: Machine, municipalities: Sequence[Municipality]) -> None:
    """Ask each for places, have it resolve as many, and register whom to write to."""
    now = datetime.now(OSLO)
    year, bootstrap = now.year, machine.environment["KAFKA_BOOTSTRAP_SERVERS"]
    talk = Conversation(bootstrap, now, patience=PATIENCE_SECONDS)
    talk.hear(lambda: all(one.id in talk.states for one in municipalities), "the register of municipalities")
    requests = [
        RequestPlaces(
            municipality_number=one.number,
            year=year,
            ordinary_places=PLACES[0],
            unaccompanied_minor_places=PLACES[1],
            answer_by=now.date() + timedelta(days=30),
        )
        for one in municipalities
    ]
    broker.publish(bootstrap, [Inbound(0, IMDI_REQUESTS, request) for request in requests], now, lambda _done: None)
    years = [f"{one.id}/{year}" for one in municipalities]
    talk.hear(lambda: all(talk.states.get(name, {}).get("request") is not None for name in years), "the requests")
    talk.ask([command for one in municipalities for command in _commands(talk, one, now)])


def _commands(talk: Conversation, one: Municipality, now: datetime) -> Sequence[Command]:
    year = f"{one.id}/{now.year}"
    resolution = RegisterResolution(
        municipality_id=one.id,
        year=now.year,
        ordinary_places=PLACES[0],
        unaccompanied_minor_places=PLACES[1],
        resolved_on=now.date(),
        case_number=f"{now.year}/{one.number}",
        expected_version=talk.versions[year],
        actor=ACTOR,
    )
    contacts = RegisterContacts(
        municipality_id=one.id,
        contacts=[
            Contact(name="Rigg", email=address, roles=[ContactRole.SETTLEMENT_WRITER]) for address in one.writers
        ],
        expected_version=talk.versions[one.id],
        actor=ACTOR,
    )
    return (
        Command(_name(year), MUNICIPALITY_COMMANDS, one.id, year, resolution),
        Command(_name(one.id), MUNICIPALITY_COMMANDS, one.id, one.id, contacts),
    )


def _name(subject: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"rig/prepare/{subject}"))
